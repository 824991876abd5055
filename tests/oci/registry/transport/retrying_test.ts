import assert from "node:assert/strict";
import { retrying } from "../../../../lib/oci/registry/transport/retrying.ts";
import { unreachable } from "../../../../lib/oci/registry/transport/unreachable.ts";
import { type Scripted, ScriptedSend } from "../support/scripted_send.ts";
import { TestRuntime } from "../support/test_runtime.ts";

const REQUEST = { url: new URL("https://r.example/v2/"), headers: {} };
const OK: Scripted = {};

function lost(message: string): Scripted {
  return { error: unreachable(REQUEST.url, new TypeError(message)) };
}

Deno.test("retrying() tries again what is temporary, and waits as long as it is told", async (t) => {
  const rows: { name: string; answers: Scripted[]; status: number; delays: number[] }[] = [
    { name: "success", answers: [OK], status: 200, delays: [] },
    ...[408, 429, 500, 502, 503, 504].map((status) => ({
      name: `status ${status}`,
      answers: [{ status }, OK],
      status: 200,
      delays: [375],
    })),
    ...[400, 401, 403, 404, 416, 501].map((status) => ({
      name: `status ${status}`,
      answers: [{ status }],
      status,
      delays: [],
    })),
    {
      name: "seconds",
      answers: [{ status: 429, headers: { "retry-after": "7" } }, OK],
      status: 200,
      delays: [7000],
    },
    {
      name: "a date",
      answers: [
        { status: 503, headers: { "retry-after": "Thu, 01 Jan 2026 00:00:09 GMT" } },
        OK,
      ],
      status: 200,
      delays: [9000],
    },
    {
      name: "a date that has passed",
      answers: [
        { status: 503, headers: { "retry-after": "Thu, 01 Jan 2025 00:00:09 GMT" } },
        OK,
      ],
      status: 200,
      delays: [0],
    },
    {
      name: "nonsense",
      answers: [{ status: 429, headers: { "retry-after": "soon" } }, OK],
      status: 200,
      delays: [375],
    },
    {
      name: "a limit that lasts for hours",
      answers: [{ status: 429, headers: { "retry-after": "21600" } }],
      status: 429,
      delays: [],
    },
    {
      name: "five attempts",
      answers: [500, 502, 503, 504, 500].map((status) => ({ status })),
      status: 500,
      delays: [375, 750, 1500, 3000],
    },
    {
      name: "connections that are lost",
      answers: [lost("connection reset by peer"), lost("error reading a body"), OK],
      status: 200,
      delays: [375, 750],
    },
  ];
  for (const { name, answers, status, delays } of rows) {
    await t.step(name, async () => {
      const script = new ScriptedSend(answers);
      const runtime = new TestRuntime();
      const answer = await retrying(script.send, runtime)(REQUEST);
      assert.equal(answer.status, status);
      assert.deepEqual(runtime.delays, delays);
      assert.equal(script.requests.length, answers.length);
      assert.equal(script.open, 1);
    });
  }
});

Deno.test("retrying() gives up at once on what stays as it is", async (t) => {
  const rows: [message: string, reason: string][] = [
    ["client error (Connect): invalid peer certificate: UnknownIssuer", "certificate"],
    ["client error (Connect): dns error: failed to lookup address information", "name"],
    ["client error (Connect): tcp connect error: Connection refused (os error 111)", "refused"],
    ["client error (Connect): received corrupt message of type InvalidContentType", "not-http"],
    ["client error (SendRequest): invalid HTTP version parsed", "not-http"],
    ["client error (SendRequest): message head is too large", "other"],
  ];
  for (const [message, reason] of rows) {
    await t.step(reason, async () => {
      const script = new ScriptedSend([lost(message)]);
      await assert.rejects(retrying(script.send, new TestRuntime())(REQUEST), {
        code: "registry-unreachable",
        data: { registry: "r.example", reason },
      });
    });
  }
});

Deno.test("retrying() throws the last error after five lost connections", async () => {
  const script = new ScriptedSend(() => lost("connection closed before message completed"));
  await assert.rejects(retrying(script.send, new TestRuntime())(REQUEST), {
    message: "Cannot reach https://r.example: connection closed before message completed",
  });
  assert.equal(script.requests.length, 5);
});

Deno.test("retrying() stops waiting when it is aborted", async () => {
  const script = new ScriptedSend(() => ({ status: 503 }));
  const reason = new Error("enough");
  const request = { ...REQUEST, signal: AbortSignal.abort(reason) };
  await assert.rejects(retrying(script.send, new TestRuntime())(request), reason);
  assert.equal(script.open, 0);
});

Deno.test("no message has the query of an address, in which signatures are", () => {
  const url = new URL("https://storage.example/x?X-Amz-Signature=secret");
  const cause = new TypeError("fetch failed", {
    cause: new Error(`error sending request for url (${url}): client error (Connect): no route`),
  });
  const error = unreachable(url, cause);
  assert.equal(error.message, "Cannot reach https://storage.example: no route");
  assert.equal(error.cause, undefined);
  assert.equal(
    unreachable(url, new TypeError(`something about ${url}`)).message,
    "Cannot reach https://storage.example: something about …",
  );
});
