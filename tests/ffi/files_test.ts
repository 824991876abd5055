import assert from "node:assert/strict";
import { join } from "node:path";
import { runProgram } from "../../scripts/images/mod.ts";
import { temporaryFolder } from "../vm/support/temporary_folder.ts";
import { virtualization } from "./support/double_guest.ts";

const GIB = 2 ** 30;
const EEXIST = 17;
const ENOENT = 2;
/** macOS's number. */
const ENOTSUP = 45;

Deno.test("Virtualization.copyFile() copies the data of a sparse file and keeps its holes", async () => {
  await using folder = await temporaryFolder();
  const [from, to] = [join(folder.path, "from"), join(folder.path, "to")];
  await Deno.writeTextFile(from, "");
  await Deno.truncate(from, 512 * GIB + 77);
  {
    using file = await Deno.open(from, { write: true });
    for (const offset of [0, 4096, 300 * GIB + 5, 512 * GIB]) {
      await file.seek(offset, Deno.SeekMode.Start);
      await file.write(crypto.getRandomValues(new Uint8Array(77)));
    }
    await file.seek(100 * GIB, Deno.SeekMode.Start);
    for (let written = 0; written < 80; written++) {
      await file.write(crypto.getRandomValues(new Uint8Array(65536)));
    }
  }
  assert.equal(await virtualization.copyFile(from, to), 0);
  const [source, copy] = [await Deno.stat(from), await Deno.stat(to)];
  assert.equal(copy.size, source.size);
  assert.ok(copy.blocks! <= source.blocks! + 256, `${copy.blocks} blocks for ${source.blocks}`);
  // qemu-img reads both files, holes included.
  await runProgram("qemu-img", ["compare", "-f", "raw", "-F", "raw", from, to]);
});

Deno.test("Virtualization.copyFile() copies a file without any data", async () => {
  await using folder = await temporaryFolder();
  for (const size of [0, GIB]) {
    const [from, to] = [join(folder.path, `from${size}`), join(folder.path, `to${size}`)];
    await Deno.writeTextFile(from, "");
    await Deno.truncate(from, size);
    assert.equal(await virtualization.copyFile(from, to), 0);
    assert.equal((await Deno.stat(to)).size, size);
    assert.equal((await Deno.stat(to)).blocks, 0);
  }
});

Deno.test("Virtualization.copyFile() and cloneFile() overwrite nothing and leave nothing behind", async () => {
  await using folder = await temporaryFolder();
  const [from, to] = [join(folder.path, "from"), join(folder.path, "to")];
  for (const copy of ["copyFile", "cloneFile"] as const) {
    assert.equal(await virtualization[copy](from, to), ENOENT);
  }
  await Deno.writeTextFile(from, "new");
  await Deno.writeTextFile(to, "old");
  for (const copy of ["copyFile", "cloneFile"] as const) {
    assert.equal(await virtualization[copy](from, to), EEXIST);
    assert.equal(await Deno.readTextFile(to), "old");
  }
});

Deno.test("Virtualization.cloneFile() says when the filesystem cannot share blocks", async () => {
  // tmpfs cannot share blocks.
  const folder = await Deno.makeTempDir({ dir: "/dev/shm" });
  try {
    await Deno.writeTextFile(join(folder, "from"), "bytes");
    const status = await virtualization.cloneFile(join(folder, "from"), join(folder, "to"));
    assert.equal(status, ENOTSUP);
    assert.deepEqual(Array.from(Deno.readDirSync(folder), ({ name }) => name), ["from"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
