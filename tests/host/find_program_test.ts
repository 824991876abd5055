import assert from "node:assert/strict";
import { findProgram } from "../../lib/host/mod.ts";

Deno.test("findProgram() finds what a shell would start", async () => {
  const folder = await Deno.makeTempDir();
  try {
    for (const name of ["first", "second"]) await Deno.mkdir(`${folder}/${name}`);
    await Deno.writeTextFile(`${folder}/first/data`, "", { mode: 0o644 });
    await Deno.mkdir(`${folder}/first/folder`);
    for (const name of ["data", "folder", "tool"]) {
      await Deno.writeTextFile(`${folder}/second/${name}`, "", { mode: 0o755 });
    }
    await Deno.writeTextFile(`${folder}/first/tool`, "", { mode: 0o755 });
    const path = `:relative:/nowhere:${folder}/first:${folder}/second`;
    assert.equal(await findProgram("tool", path), `${folder}/first/tool`);
    assert.equal(await findProgram("data", path), `${folder}/second/data`);
    assert.equal(await findProgram("folder", path), `${folder}/second/folder`);
    assert.equal(await findProgram("absent", path), undefined);
    assert.equal(await findProgram("tool", ""), undefined);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
