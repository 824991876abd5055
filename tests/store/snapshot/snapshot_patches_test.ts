import assert from "node:assert/strict";
import { join } from "node:path";
import { Corrupt } from "../../../lib/ext4/mod.ts";
import { makeExt4, patchesOf, run, withFolder } from "../support/test_store.ts";

const SET_UUID = "ssv journal_uuid 11111111-2222-3333-4444-555555555555";

/** The exit status of `e2fsck -fn` for an image: 0 if there is nothing to repair. */
async function check(path: string): Promise<number> {
  return (await new Deno.Command("e2fsck", { args: ["-fn", path], stdout: "null", stderr: "null" })
    .output()).code;
}

Deno.test("snapshotPatches() removes the UUID of an external journal if the journal is inside", () =>
  withFolder(async (folder) => {
    const path = join(folder, "image");
    await makeExt4(path, "-O", "has_journal,^metadata_csum");
    assert.deepEqual(await patchesOf(path), []);
    assert.equal(await check(path), 0);

    await run("debugfs", "-w", "-R", SET_UUID, path);
    assert.notEqual(await check(path), 0);
    const before = await Deno.readFile(path);
    const patches = await patchesOf(path);
    assert.deepEqual(await Deno.readFile(path), before);
    assert.deepEqual(patches.map(({ offset, bytes }) => [offset, bytes]), [
      [1024 + 0xd0, new Uint8Array(16)],
    ]);

    using file = await Deno.open(path, { write: true });
    for (const { offset, bytes } of patches) {
      await file.seek(offset, Deno.SeekMode.Start);
      await file.write(bytes);
    }
    assert.equal(await check(path), 0);
    assert.deepEqual(await patchesOf(path), []);
  }));

Deno.test("snapshotPatches() leaves filesystems without the fault alone", () =>
  withFolder(async (folder) => {
    const path = join(folder, "image");
    await makeExt4(path, "-O", "^has_journal,^metadata_csum");
    assert.deepEqual(await patchesOf(path), []);
    await run("debugfs", "-w", "-R", SET_UUID, path);
    assert.deepEqual(await patchesOf(path), []);
  }));

Deno.test("snapshotPatches() does not make a checksum wrong", () =>
  withFolder(async (folder) => {
    const path = join(folder, "image");
    await makeExt4(path, "-O", "metadata_csum");
    await run("debugfs", "-w", "-R", SET_UUID, path);
    assert.deepEqual(await patchesOf(path), []);
  }));

Deno.test("snapshotPatches() throws Corrupt for what is not a filesystem", () =>
  withFolder(async (folder) => {
    const path = join(folder, "image");
    await Deno.writeFile(path, new Uint8Array(4096));
    await assert.rejects(patchesOf(path), Corrupt);
  }));
