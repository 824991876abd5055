import assert from "node:assert/strict";
import { registryError } from "../../../../lib/oci/registry/transport/registry_error.ts";
import { ScriptedSend } from "../support/scripted_send.ts";

Deno.test("registryError() says what the registry says", async (t) => {
  const rows: { name: string; body: string; codes: string[]; said: string }[] = [
    {
      name: "the protocol's errors",
      body: `{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown","detail":{}},` +
        `{"code":"DENIED"}]}`,
      codes: ["MANIFEST_UNKNOWN", "DENIED"],
      said: "; MANIFEST_UNKNOWN: manifest unknown; DENIED",
    },
    {
      name: "a sentence of a token server",
      body: `{"details":"incorrect username or password"}`,
      codes: [],
      said: "; incorrect username or password",
    },
    {
      name: "OAuth's errors",
      body: `{"error":"invalid_grant","error_description":"it has expired"}`,
      codes: ["invalid_grant"],
      said: "; invalid_grant: it has expired",
    },
    { name: "a page", body: "<html>Bad Gateway</html>", codes: [], said: "" },
    { name: "nothing", body: "", codes: [], said: "" },
    { name: "other JSON", body: `[1, null]`, codes: [], said: "" },
    { name: "errors of other types", body: `{"errors":[1,null,{"code":7}]}`, codes: [], said: "" },
    {
      name: "control characters",
      body: `{"errors":[{"code":"\\u001b[2J","message":"a\\u001b[31m\\n\\u202eb"}]}`,
      codes: [],
      said: "; a [31m b",
    },
    {
      name: "a long message",
      body: `{"errors":[{"code":"X","message":"${"y".repeat(1000)}"}]}`,
      codes: ["X"],
      said: `; X: ${"y".repeat(200)}…`,
    },
    {
      name: "too much",
      body: `{"errors":[{"code":"${"X".repeat(70_000)}"}]}`,
      codes: [],
      said: "",
    },
    {
      name: "many",
      body: JSON.stringify({ errors: Array(1000).fill({ code: "X" }) }),
      codes: Array(10).fill("X"),
      said: "; X; X; X",
    },
  ];
  for (const { name, body, codes, said } of rows) {
    await t.step(name, async () => {
      const script = new ScriptedSend([{ status: 404, body }]);
      const answer = await script.send({ url: new URL("https://r.example/a?secret"), headers: {} });
      const error = await registryError("read it", answer);
      assert.equal(error.message, `Cannot read it: r.example answered with status 404${said}`);
      assert.deepEqual(error.data, { registry: "r.example", status: 404, codes });
      assert.equal(script.open, 0);
    });
  }
});
