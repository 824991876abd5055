import assert from "node:assert/strict";
import { join } from "node:path";
import { isFile, isFolder, removeIfThere, statIfThere } from "../../../lib/host/mod.ts";
import { temporaryFolder } from "../../vm/support/temporary_folder.ts";

Deno.test("isFile(), isFolder() and statIfThere() tell what is at a path", async (t) => {
  await using folder = await temporaryFolder();
  const path = (name: string) => join(folder.path, name);
  await Deno.writeTextFile(path("file"), "");
  await Deno.mkdir(path("folder"));
  await Deno.symlink("file", path("link to a file"));
  await Deno.symlink("folder", path("link to a folder"));
  await Deno.symlink("nothing", path("dangling link"));
  const rows = [
    { name: "file", file: true, folder: false, isThere: true },
    { name: "folder", file: false, folder: true, isThere: true },
    { name: "link to a file", file: true, folder: false, isThere: true },
    { name: "link to a folder", file: false, folder: true, isThere: true },
    { name: "dangling link", file: false, folder: false, isThere: false },
    { name: "nothing", file: false, folder: false, isThere: false },
  ];
  for (const { name, isThere, ...expected } of rows) {
    await t.step(name, async () => {
      assert.equal(await isFile(path(name)), expected.file);
      assert.equal(await isFolder(path(name)), expected.folder);
      assert.equal(await statIfThere(path(name)) !== undefined, isThere);
    });
  }
  await t.step("what cannot be looked at", async () => {
    assert.equal(await isFile(path("file/below")), false);
    assert.equal(await isFolder(path("file/below")), false);
    await assert.rejects(statIfThere(path("file/below")));
  });
});

Deno.test("removeIfThere() removes what is there, and a folder only with all in it", async () => {
  await using folder = await temporaryFolder();
  const inner = join(folder.path, "a", "b");
  await Deno.mkdir(inner, { recursive: true });
  await assert.rejects(removeIfThere(join(folder.path, "a")));
  await removeIfThere(join(folder.path, "a"), { recursive: true });
  await removeIfThere(join(folder.path, "a"), { recursive: true });
  await removeIfThere(join(folder.path, "a"));
  assert.equal(await isFolder(join(folder.path, "a")), false);
});
