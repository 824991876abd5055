import assert from "node:assert/strict";

const ROOT = new URL("../", import.meta.url);
/** The entry points of `deno.json`. The doc tests run what is in the examples. */
const ENTRY_POINTS = ["mod.ts", "lib/ext4/mod.ts", "lib/oci/mod.ts"];

interface Declaration {
  readonly kind: string;
  readonly jsDoc?: { readonly tags?: readonly { readonly kind: string }[] };
}

interface ExportedSymbol {
  readonly name: string;
  readonly declarations: readonly Declaration[];
}

/** What a caller does something with. A type is shown by the functions that take or return it. */
const SHOWN = ["function", "class", "variable"];

Deno.test("every function, class and constant that a library user can import has an example", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", ...ENTRY_POINTS],
    cwd: ROOT,
  }).output();
  const { nodes } = JSON.parse(new TextDecoder().decode(stdout));
  const modules: { symbols: readonly ExportedSymbol[] }[] = Object.values(nodes);
  const shown = modules.flatMap(({ symbols }) => symbols)
    .filter(({ declarations }) => declarations.some(({ kind }) => SHOWN.includes(kind)));
  assert.ok(shown.length > 30);
  const without = shown.filter(({ declarations }) =>
    !declarations.some(({ jsDoc }) => jsDoc?.tags?.some(({ kind }) => kind === "example"))
  );
  assert.deepEqual(without.map(({ name }) => name), []);
});
