import assert from "node:assert/strict";
import { appendInitramfs, type CpioEntry } from "../../../lib/boot/mod.ts";
import { noise } from "../support/kernels.ts";
import { textOf, withFolder } from "../support/programs.ts";

const ENTRIES: readonly CpioEntry[] = [
  { type: "directory", path: "scripts", mode: 0o755 },
  { type: "file", path: "scripts/functions", mode: 0o644, content: "functions" },
];

Deno.test("appendInitramfs() adds an archive at the next multiple of four", async () => {
  await withFolder(async (folder) => {
    for (const size of [0, 1, 2, 3, 4, 100_001]) {
      const path = `${folder}/initramfs`;
      await Deno.writeFile(path, noise(size));
      await appendInitramfs(path, ENTRIES);
      const bytes = await Deno.readFile(path);
      const aligned = Math.ceil(size / 4) * 4;
      assert.deepEqual(bytes.slice(0, size), noise(size));
      assert.deepEqual(bytes.slice(size, aligned), new Uint8Array(aligned - size));
      const added = bytes.slice(aligned);
      assert.equal(await textOf(["cpio", "-t"], added), "scripts\nscripts/functions\n");
    }
  });
});

Deno.test("appendInitramfs() makes an initramfs if there is none", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/initramfs`;
    await appendInitramfs(path, ENTRIES);
    assert.equal(
      await textOf(["cpio", "-t"], await Deno.readFile(path)),
      "scripts\nscripts/functions\n",
    );
  });
});

Deno.test("appendInitramfs() leaves the initramfs as it is when an entry is refused", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/initramfs`;
    await Deno.writeFile(path, noise(101));
    const wrong: CpioEntry = { type: "directory", path: "/", mode: 0o755 };
    await assert.rejects(appendInitramfs(path, [...ENTRIES, wrong]), RangeError);
    assert.deepEqual(await Deno.readFile(path), noise(101));
  });
});
