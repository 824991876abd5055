import assert from "node:assert/strict";
import { fixtureImage } from "../fixtures/fixture_image.ts";

const ROOT = new URL("../../", import.meta.url);

/** The program under "As a library" in the README. */
async function readmeProgram(): Promise<string> {
  const readme = await Deno.readTextFile(new URL("README.md", ROOT));
  const [, program] = /^## As a library$[^]*?^```ts\n([^]*?)^```$/m.exec(readme) ?? [];
  assert.ok(program !== undefined && program.includes("launch("));
  return program;
}

Deno.test("the README's program boots the demo from outside of the repository", async () => {
  const { root } = await fixtureImage("demo");
  const folder = await Deno.makeTempDir();
  try {
    const program = await readmeProgram();
    assert.ok(program.trimEnd().split("\n").length <= 20);
    await Deno.writeTextFile(`${folder}/main.ts`, program);
    // In the registry's place the checkout, with what it needs from npm.
    const { imports } = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
    await Deno.writeTextFile(
      `${folder}/deno.json`,
      JSON.stringify({ imports: { ...imports, "jsr:@x/snapvm": new URL("mod.ts", ROOT).href } }),
    );
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-all", "--check", "main.ts"],
      cwd: folder,
      env: { SNAPVM_STORE: root, SNAPVM_HOME: `${folder}/home`, NO_COLOR: "1" },
      stdin: "null",
    }).output();
    const said = new TextDecoder().decode(stderr);
    assert.equal(code, 0, said);
    assert.match(new TextDecoder().decode(stdout), /^6\.\d+\.\S+ exited with 0\n$/);
    assert.match(said, /^initramfs$/m);
    assert.deepEqual([...Deno.readDirSync(`${folder}/home/machines`)], []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
