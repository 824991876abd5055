import assert from "node:assert/strict";
import { followingRedirects } from "../../../../lib/oci/registry/transport/following_redirects.ts";
import { whyNotLeadTo } from "../../../../lib/oci/registry/transport/why_not_lead_to.ts";
import { type Scripted, ScriptedSend } from "../support/scripted_send.ts";

const REQUEST = {
  url: new URL("https://r.example/v2/x/blobs/1"),
  headers: { Authorization: "Bearer secret", range: "bytes=5-" },
};

function to(location: string, status = 307): Scripted {
  return { status, headers: { location } };
}

Deno.test("followingRedirects() takes credentials to the same origin only", async (t) => {
  const rows: { name: string; answers: Scripted[]; sent: [url: string, isKnown: boolean][] }[] = [
    {
      name: "the same origin",
      answers: [to("/v2/x/blobs/2", 302), {}],
      sent: [["https://r.example/v2/x/blobs/1", true], ["https://r.example/v2/x/blobs/2", true]],
    },
    {
      name: "another host",
      answers: [to("https://storage.example/a?signature=1"), {}],
      sent: [
        ["https://r.example/v2/x/blobs/1", true],
        ["https://storage.example/a?signature=1", false],
      ],
    },
    {
      name: "another port",
      answers: [to("https://r.example:444/a", 308), {}],
      sent: [["https://r.example/v2/x/blobs/1", true], ["https://r.example:444/a", false]],
    },
    {
      name: "elsewhere and back",
      answers: [to("https://storage.example/a", 301), to("https://r.example/b", 303), {}],
      sent: [
        ["https://r.example/v2/x/blobs/1", true],
        ["https://storage.example/a", false],
        ["https://r.example/b", false],
      ],
    },
    {
      name: "a redirect without a target is an answer",
      answers: [{ status: 307 }],
      sent: [["https://r.example/v2/x/blobs/1", true]],
    },
  ];
  for (const { name, answers, sent } of rows) {
    await t.step(name, async () => {
      const script = new ScriptedSend(answers);
      await followingRedirects(script.send)(REQUEST);
      assert.deepEqual(
        script.requests.map(({ url, headers }) => [url.href, "Authorization" in headers]),
        sent,
      );
      assert(script.requests.every(({ headers }) => headers["range"] === "bytes=5-"));
      assert.equal(script.open, 1);
    });
  }
});

Deno.test("followingRedirects() sends other origins what is not for the registry alone", async () => {
  const home = new ScriptedSend([to("https://r.example/a"), to("https://storage.example/b")]);
  const elsewhere = new ScriptedSend([{}]);
  await followingRedirects(home.send, elsewhere.send)(REQUEST);
  assert.deepEqual(elsewhere.requests.map(({ url }) => url.href), ["https://storage.example/b"]);
});

Deno.test("followingRedirects() refuses to go where a registry must not lead", async (t) => {
  const rows: [location: string, reason: string][] = [
    [
      "http://r.example/a",
      "it redirects to http://r.example, and it is not encrypted",
    ],
    [
      "https://127.0.0.1/a?b=c",
      "it redirects to https://127.0.0.1, and it is an address of this machine",
    ],
    ["file:///etc/passwd", "it redirects to null, and it is not an HTTP address"],
    [
      "https://user:word@r.example/",
      "it redirects to https://r.example, and it has a password in it",
    ],
    ["https://[", "it redirects to what is not an address"],
  ];
  for (const [location, reason] of rows) {
    await t.step(location, async () => {
      const script = new ScriptedSend([to(location)]);
      await assert.rejects(followingRedirects(script.send)(REQUEST), {
        code: "registry-protocol",
        message: `Cannot read https://r.example/v2/x/blobs/1: ${reason}`,
      });
      assert.equal(script.open, 0);
    });
  }
});

Deno.test("followingRedirects() ends after ten redirects", async () => {
  const script = new ScriptedSend(() => to("/again"));
  await assert.rejects(followingRedirects(script.send)(REQUEST), {
    message: "Cannot read https://r.example/v2/x/blobs/1: it redirects more than 10 times",
  });
  assert.equal(script.requests.length, 11);
  assert.equal(script.open, 0);
});

Deno.test("whyNotLeadTo() keeps registries out of this machine, in every spelling of its addresses", () => {
  const mine = [
    "127.0.0.1",
    "127.1",
    "0x7f000001",
    "2130706433",
    "017700000001",
    "0.0.0.0",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "a.localhost",
    "169.254.169.254",
    "[::1]",
    "[::]",
    "[fe80::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:169.254.169.254]",
  ];
  const from = new URL("https://r.example/");
  for (const host of mine) {
    const to = new URL(`https://${host}/`);
    assert.equal(whyNotLeadTo(from, to), "it is an address of this machine", host);
    assert.equal(whyNotLeadTo(new URL("https://127.0.0.1:5000/"), to), undefined, host);
  }
  for (
    const host of ["10.0.0.1", "192.168.1.1", "storage.example", "[2001:db8::1]", "127.example"]
  ) {
    assert.equal(whyNotLeadTo(from, new URL(`https://${host}/`)), undefined, host);
  }
  assert.equal(
    whyNotLeadTo(new URL("http://r.example/"), new URL("http://s.example/")),
    undefined,
  );
  assert.equal(
    whyNotLeadTo(new URL("http://r.example/"), new URL("https://s.example/")),
    undefined,
  );
});
