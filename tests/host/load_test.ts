import assert from "node:assert/strict";

Deno.test("lib/host loads none of Node's modules, which would slow every command down", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", new URL("../../lib/host/mod.ts", import.meta.url).href],
  }).output();
  const { modules } = JSON.parse(new TextDecoder().decode(stdout));
  const specifiers = modules.map(({ specifier }: { specifier: string }) => specifier);
  assert.ok(specifiers.length > 20);
  assert.deepEqual(specifiers.filter((specifier: string) => specifier.startsWith("node:")), []);
});
