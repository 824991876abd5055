import assert from "node:assert/strict";
import { Authorization } from "../../../../lib/oci/registry/authentication/authorization.ts";
import { authorizing } from "../../../../lib/oci/registry/authentication/authorizing.ts";
import type { FoundCredentials } from "../../../../lib/oci/registry/authentication/credentials.ts";
import type { HttpRequest } from "../../../../lib/oci/registry/transport/http.ts";
import { type Scripted, ScriptedSend } from "../support/scripted_send.ts";
import { TestRuntime } from "../support/test_runtime.ts";

const URL_OF_BLOB = new URL("https://r.example/v2/x/blobs/1");
const BEARER =
  `Bearer realm="https://auth.example/token?a=b",service="r",scope="repository:x:pull"`;
const BASIC = `Basic realm="r"`;

function refusal(challenge: string): Scripted {
  return { status: 401, headers: { "www-authenticate": challenge } };
}

/** A registry that takes one header, and its token server. */
function chain(
  { registry, tokens = [], found = { notes: [] } }: {
    readonly registry: (request: HttpRequest, index: number) => Scripted;
    readonly tokens?: readonly Scripted[];
    readonly found?: FoundCredentials;
  },
) {
  const home = new ScriptedSend(registry);
  const server = new ScriptedSend(tokens);
  const runtime = new TestRuntime();
  let lookups = 0;
  const authorization = new Authorization({
    scope: "repository:own:pull",
    send: server.send,
    findCredentials: () => {
      lookups++;
      return Promise.resolve(found);
    },
    runtime,
    signal: new AbortController().signal,
  });
  const send = authorizing(home.send, authorization);
  return {
    home,
    server,
    runtime,
    lookups: () => lookups,
    get: (url = URL_OF_BLOB, signal?: AbortSignal) => send({ url, headers: {}, signal }),
  };
}

function wants(header: string, challenge: string): (request: HttpRequest) => Scripted {
  return ({ headers }) => headers["authorization"] === header ? {} : refusal(challenge);
}

Deno.test("authorizing() sends nothing to a registry that does not ask", async () => {
  const { home, get, lookups } = chain({ registry: () => ({}) });
  assert.equal((await get()).status, 200);
  assert.deepEqual(home.requests.map(({ headers }) => headers), [{}]);
  assert.equal(lookups(), 0);
});

Deno.test("authorizing() asks a token server as the challenge says", async (t) => {
  const password = { kind: "password", username: "me", password: "pä:ss" } as const;
  const rows: { name: string; challenge?: string; found: FoundCredentials; sent: unknown }[] = [
    {
      name: "as nobody",
      found: { notes: [] },
      sent: [
        "GET",
        "https://auth.example/token?a=b&service=r&scope=repository%3Ax%3Apull",
        undefined,
        undefined,
      ],
    },
    {
      name: "with a password",
      found: { credentials: password, notes: [] },
      sent: [
        "GET",
        "https://auth.example/token?a=b&service=r&scope=repository%3Ax%3Apull&account=me",
        "Basic bWU6cMOkOnNz",
        undefined,
      ],
    },
    {
      name: "with an identity token",
      found: { credentials: { kind: "identity-token", token: "i d" }, notes: [] },
      sent: [
        "POST",
        "https://auth.example/token?a=b",
        undefined,
        "service=r&scope=repository%3Ax%3Apull&grant_type=refresh_token&client_id=snapvm&refresh_token=i+d",
      ],
    },
    {
      name: "for what we want, if the challenge does not say",
      challenge: `Bearer realm="https://auth.example/t"`,
      found: { notes: [] },
      sent: ["GET", "https://auth.example/t?scope=repository%3Aown%3Apull", undefined, undefined],
    },
  ];
  for (const { name, challenge = BEARER, found, sent } of rows) {
    await t.step(name, async () => {
      const { home, server, get } = chain({
        registry: wants("Bearer t1", challenge),
        tokens: [{ body: `{"token":"t1"}` }],
        found,
      });
      assert.equal((await get()).status, 200);
      const [{ method = "GET", url, headers, body } = assert.fail()] = server.requests;
      assert.deepEqual([method, url.href, headers["authorization"], body], sent);
      assert.equal(home.open, 1);
      assert.equal(server.open, 0);
    });
  }
});

Deno.test("authorizing() shares one token between requests at the same time", async () => {
  const { home, server, get, lookups } = chain({
    registry: wants("Bearer t1", BEARER),
    tokens: [{ body: `{"access_token":"t1","expires_in":300}` }],
  });
  const answers = await Promise.all(Array.from({ length: 20 }, () => get()));
  assert(answers.every(({ status }) => status === 200));
  assert.equal(server.requests.length, 1);
  assert.equal(lookups(), 1);
  assert.equal(home.requests.length, 40);
  assert.equal((await get()).status, 200);
  assert.equal(home.requests.length, 41);
});

Deno.test("authorizing() renews a token before it ends, and when it is refused", async () => {
  let valid = "Bearer t1";
  const { home, server, runtime, get } = chain({
    registry: (request) => wants(valid, BEARER)(request),
    tokens: ["t1", "t2", "t3", "t4"].map((token) => ({
      body: JSON.stringify({ token, expires_in: 100 }),
    })),
  });
  assert.equal((await get()).status, 200);
  runtime.pass(89_000);
  assert.equal((await get()).status, 200);
  assert.equal(server.requests.length, 1);
  valid = "Bearer t2";
  runtime.pass(2000);
  assert.equal((await get()).status, 200);
  assert.equal(home.requests.length, 4, "without a refusal");
  valid = "Bearer t3";
  assert.equal((await get()).status, 200);
  assert.equal(home.requests.length, 6, "after a refusal");
  valid = "Bearer no";
  assert.equal((await get()).status, 401);
  assert.equal(server.requests.length, 4);
});

Deno.test("authorizing() holds a token for a minute if nobody says how long", async () => {
  const { server, runtime, get } = chain({
    registry: ({ headers }) => headers["authorization"] ? {} : refusal(BEARER),
    tokens: [{ body: `{"token":"a","expires_in":"x"}` }, { body: `{"token":"b"}` }],
  });
  await get();
  runtime.pass(53_000);
  await get();
  assert.equal(server.requests.length, 1);
  runtime.pass(2000);
  await get();
  assert.equal(server.requests.length, 2);
});

Deno.test("authorizing() sends a name and a password once, and only if they are wanted", async (t) => {
  const found: FoundCredentials = {
    credentials: { kind: "password", username: "me", password: "secret" },
    notes: [],
  };
  await t.step("right", async () => {
    const { home, get } = chain({ registry: wants("Basic bWU6c2VjcmV0", BASIC), found });
    assert.equal((await get()).status, 200);
    assert.equal((await get()).status, 200);
    assert.equal(home.requests.length, 3);
  });
  await t.step("wrong", async () => {
    const { home, get } = chain({ registry: () => refusal(BASIC), found });
    assert.equal((await get()).status, 401);
    assert.equal(home.requests.length, 2);
    assert.equal(home.open, 1);
  });
  await t.step("nobody", async () => {
    const { home, get } = chain({ registry: () => refusal(BASIC) });
    assert.equal((await get()).status, 401);
    assert.equal(home.requests.length, 1);
  });
  await t.step("an unknown scheme", async () => {
    const { home, get } = chain({ registry: () => refusal("Negotiate"), found });
    assert.equal((await get()).status, 401);
    assert.equal(home.requests.length, 1);
  });
  await t.step("a token for the registry", async () => {
    const { home, get } = chain({
      registry: wants("Bearer own", BEARER),
      found: { credentials: { kind: "registry-token", token: "own" }, notes: [] },
    });
    assert.equal((await get()).status, 200);
    assert.equal(home.requests.length, 2);
  });
});

Deno.test("authorizing() does not answer the challenge of another server", async () => {
  const script = new ScriptedSend(() => refusal(BASIC));
  const authorization = new Authorization({
    scope: "",
    send: script.send,
    findCredentials: () => assert.fail(),
    runtime: new TestRuntime(),
    signal: new AbortController().signal,
  });
  const send = authorizing(
    async (request) => ({
      ...await script.send(request),
      url: new URL("https://storage.example/x"),
    }),
    authorization,
  );
  assert.equal((await send({ url: URL_OF_BLOB, headers: {} })).status, 401);
  assert.equal(script.requests.length, 1);
});

Deno.test("authorizing() refuses token servers that are no place for credentials, and answers without sense", async (t) => {
  const rows: { name: string; challenge: string; token?: Scripted; code: string; why: RegExp }[] = [
    {
      name: "a token server without encryption",
      challenge: `Bearer realm="http://auth.example/"`,
      code: "registry-protocol",
      why: /its token server is http:\/\/auth\.example, and it is not encrypted/,
    },
    {
      name: "a token server on this machine",
      challenge: `Bearer realm="https://[::1]:8080/"`,
      code: "registry-protocol",
      why: /its token server is https:\/\/\[::1\]:8080, and it is an address of this machine/,
    },
    {
      name: "no token server",
      challenge: `Bearer service="x"`,
      code: "registry-protocol",
      why: /it names no token server/,
    },
    {
      name: "a refusal",
      challenge: BEARER,
      token: { status: 401, body: `{"details":"incorrect username or password"}` },
      code: "registry-error",
      why: /log in to r\.example: .*status 401; incorrect username or password; a note$/,
    },
    {
      name: "a redirect",
      challenge: BEARER,
      token: { status: 302, headers: { location: "https://evil.example/" } },
      code: "registry-error",
      why: /status 302/,
    },
    ...["", "[]", "{}", `{"token":""}`, `{"token":7}`, `{"token":"a\\r\\nb: c"}`, `{"token":"ä"}`]
      .map((body) => ({
        name: `the answer ${body}`,
        challenge: BEARER,
        token: { body },
        code: "registry-protocol",
        why: /the answer of https:\/\/auth\.example\/token has no token$/,
      })),
    {
      name: "a huge answer",
      challenge: BEARER,
      token: { body: `{"token":"${"x".repeat(300_000)}"}` },
      code: "registry-protocol",
      why: /has no token$/,
    },
  ];
  for (const { name, challenge, token = {}, code, why } of rows) {
    await t.step(name, async () => {
      const { home, server, get } = chain({
        registry: () => refusal(challenge),
        tokens: [token],
        found: {
          credentials: { kind: "password", username: "me", password: "topsecret" },
          notes: ["a note"],
        },
      });
      await assert.rejects(get(), (error: Error & { code?: string }) => {
        assert.equal(error.code, code);
        assert.match(error.message, why);
        assert.doesNotMatch(Deno.inspect(error), /topsecret|bWU6/);
        return true;
      });
      assert.equal(home.open, 0);
      assert.equal(server.open, 0);
      assert(server.requests.every(({ url }) => url.host === "auth.example"));
    });
  }
});

Deno.test("authorizing() goes on waiting for a token when another request is aborted", async () => {
  const { server, get } = chain({
    registry: wants("Bearer t1", BEARER),
    tokens: [{ body: `{"token":"t1"}` }],
  });
  const ending = new AbortController();
  const first = get(URL_OF_BLOB, ending.signal);
  const second = get();
  const aborted = assert.rejects(first, /enough/);
  // Both have been refused, and wait for the same token.
  while (server.requests.length === 0) await Promise.resolve();
  ending.abort(new Error("enough"));
  await aborted;
  assert.equal((await second).status, 200);
});
