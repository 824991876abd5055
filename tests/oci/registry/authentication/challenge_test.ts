import assert from "node:assert/strict";
import { parseChallenges } from "../../../../lib/oci/registry/authentication/challenge.ts";

Deno.test("parseChallenges() reads the headers that registries send, and those that RFC 9110 shows", async (t) => {
  const rows: [header: string, challenges: [string, Record<string, string>][]][] = [
    [
      `Bearer realm="https://auth.docker.io/token",service="registry.docker.io",` +
      `scope="repository:library/alpine:pull"`,
      [["bearer", {
        realm: "https://auth.docker.io/token",
        service: "registry.docker.io",
        scope: "repository:library/alpine:pull",
      }]],
    ],
    [
      `Bearer realm="https://x/t",scope="repository:a:pull,push repository:b:pull",error="invalid_token"`,
      [["bearer", {
        realm: "https://x/t",
        scope: "repository:a:pull,push repository:b:pull",
        error: "invalid_token",
      }]],
    ],
    [`Basic realm="Registry Realm"`, [["basic", { realm: "Registry Realm" }]]],
    [`BASIC Realm = plain`, [["basic", { realm: "plain" }]]],
    [
      `Newauth realm="apps", type=1, title="Login to \\"apps\\"", Basic realm="simple"`,
      [["newauth", { realm: "apps", type: "1", title: 'Login to "apps"' }], ["basic", {
        realm: "simple",
      }]],
    ],
    [
      `Negotiate, Negotiate YII/=, Bearer realm="https://x/t"`,
      [["negotiate", {}], ["negotiate", {}], ["bearer", { realm: "https://x/t" }]],
    ],
    [`, ,Basic ,realm="a",, service="b"`, [["basic", { realm: "a", service: "b" }]]],
    [`Basic`, [["basic", {}]]],
    [`Bearer realm="first",realm="second"`, [["bearer", { realm: "first" }]]],
    [`Bearer realm="never closed`, [["bearer", { realm: "" }]]],
    [``, []],
    [`"quoted"`, []],
  ];
  for (const [header, challenges] of rows) {
    await t.step(header || "nothing", () => {
      assert.deepEqual(
        parseChallenges(header).map(({ scheme, parameters }) => [scheme, { ...parameters }]),
        challenges,
      );
    });
  }
});

Deno.test("parseChallenges() takes linear time", () => {
  for (const piece of [`a="`, `\\"`, `Basic `, `,`, ` `, `a=`, `=`]) {
    parseChallenges(`Bearer ${piece.repeat(100_000)}`);
  }
});
