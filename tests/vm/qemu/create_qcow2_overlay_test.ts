import assert from "node:assert/strict";
import { join } from "node:path";
import type { DiskPatch } from "../../../lib/vm/mod.ts";
import { createQcow2Overlay } from "../../../lib/vm/qemu/create_qcow2_overlay.ts";
import { runProgram } from "../../../scripts/images/mod.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

const KIB = 1024;
const CLUSTER = 64 * KIB;
const MIB = KIB ** 2;
const GIB = KIB ** 3;

interface Row {
  readonly name: string;
  /** The source's size in bytes. */
  readonly size: number;
  readonly patches: readonly DiskPatch[];
  /** The overlay's size, if it is larger. */
  readonly larger?: number;
}

function patch(offset: number, length: number, seed = 1): DiskPatch {
  return { offset, bytes: Uint8Array.from({ length }, (_, index) => (index * 7 + seed) % 251) };
}

const ROWS: readonly Row[] = [
  { name: "nothing patched", size: 10 * MIB, patches: [] },
  { name: "an empty source", size: 0, patches: [] },
  { name: "one sector", size: 512, patches: [patch(100, 16)] },
  { name: "16 bytes of a superblock", size: 600 * MIB, patches: [patch(1024 + 0xd0, 16)] },
  { name: "a patch over the end of a cluster", size: MIB, patches: [patch(CLUSTER - 3, 7)] },
  { name: "a whole cluster", size: MIB, patches: [patch(CLUSTER, CLUSTER)] },
  { name: "many clusters", size: 2 * MIB, patches: [patch(5, MIB)] },
  { name: "the first and the last byte", size: MIB, patches: [patch(0, 1), patch(MIB - 1, 1)] },
  {
    name: "patches over each other: the later one counts",
    size: MIB,
    patches: [patch(1000, 100, 3), patch(1050, 100, 90), patch(1020, 5, 200)],
  },
  { name: "an empty patch", size: MIB, patches: [patch(MIB, 0)] },
  {
    name: "patches under several L2 tables, in any order",
    size: 3 * GIB,
    patches: [patch(2 * GIB + 17, 40), patch(4096, 16), patch(512 * MIB - 8, 16)],
  },
  { name: "a larger disk", size: 10 * MIB, patches: [patch(100, 16)], larger: 3 * GIB },
  { name: "a larger disk over a torn source", size: 1000, patches: [], larger: MIB },
  { name: "a larger disk over nothing", size: 0, patches: [], larger: 64 * GIB },
  {
    name: "Apple's 513 GiB",
    size: 550_829_555_712,
    patches: [patch(1024 + 0xd0, 16), patch(550_829_555_712 - 512, 512)],
  },
];

/** A sparse source with other bytes around each patch. */
async function makeSource(path: string, { size, patches }: Row): Promise<void> {
  await Deno.writeTextFile(path, "");
  await Deno.truncate(path, size);
  using file = await Deno.open(path, { write: true });
  for (const { offset, bytes } of patches) {
    const from = Math.max(0, offset - 300);
    const around = new Uint8Array(Math.min(size - from, bytes.length + 600)).fill(0xee);
    await file.seek(from, Deno.SeekMode.Start);
    await file.write(around);
  }
}

/** What a disk should be: the source's own bytes, patched by a plain write. */
async function makeExpected(path: string, source: string, row: Row): Promise<void> {
  await runProgram("cp", ["--sparse=always", source, path]);
  if (row.larger !== undefined) await Deno.truncate(path, row.larger);
  using file = await Deno.open(path, { write: true });
  for (const { offset, bytes } of row.patches) {
    await file.seek(offset, Deno.SeekMode.Start);
    await file.write(bytes);
  }
}

Deno.test("createQcow2Overlay() writes what qemu-img checks and compares", async (t) => {
  for (const row of ROWS) {
    await t.step(row.name, async () => {
      await using folder = await temporaryFolder();
      const source = join(folder.path, "a source: with, all of it");
      const expected = join(folder.path, "expected");
      const overlay = join(folder.path, "overlay.qcow2");
      await makeSource(source, row);
      await makeExpected(expected, source, row);
      await createQcow2Overlay(overlay, { source, patches: row.patches, size: row.larger });

      const check = JSON.parse(
        await runProgram("qemu-img", ["check", "--output=json", "-f", "qcow2", overlay]),
      );
      assert.equal(check["check-errors"], 0);
      assert.equal(check.leaks ?? 0, 0);
      assert.equal(check.corruptions ?? 0, 0);
      const info = JSON.parse(
        await runProgram("qemu-img", ["info", "--output=json", "-f", "qcow2", overlay]),
      );
      assert.equal(info["virtual-size"], row.larger ?? row.size);
      assert.equal(info["cluster-size"], CLUSTER);
      assert.equal(info["backing-filename"], source);
      assert.equal(info["backing-filename-format"], "raw");
      assert.equal(info["format-specific"].data.compat, "1.1");
      assert.equal(info["format-specific"].data.corrupt, false);
      const formats = ["-f", "raw", "-F", "qcow2"];
      assert.equal(
        await runProgram("qemu-img", ["compare", ...formats, expected, overlay]),
        "Images are identical.\n",
      );
      assert.equal((await Deno.stat(overlay)).mode! & 0o777, 0o600);
    });
  }
});

Deno.test("createQcow2Overlay() makes a file that QEMU can write to", async () => {
  await using folder = await temporaryFolder();
  const source = join(folder.path, "source");
  const overlay = join(folder.path, "overlay");
  const row = { name: "", size: 600 * MIB, patches: [patch(1000, 10)] };
  await makeSource(source, row);
  await createQcow2Overlay(overlay, { source, patches: row.patches });
  const writes = ["0 200k", "100M 5M", "512M 64k"];
  await runProgram("qemu-io", [
    ...["-f", "qcow2"],
    ...writes.flatMap((range) => ["-c", `write -P 0x5a ${range}`, "-c", `read -P 0x5a ${range}`]),
    overlay,
  ]);
  await runProgram("qemu-img", ["check", "-f", "qcow2", overlay]);
});

Deno.test("createQcow2Overlay() rounds a torn source up to whole sectors of zeros", async () => {
  await using folder = await temporaryFolder();
  const source = join(folder.path, "source");
  const overlay = join(folder.path, "overlay");
  await Deno.writeFile(source, new Uint8Array(1000).fill(1));
  await createQcow2Overlay(overlay, { source, patches: [] });
  const reads = ["-c", "read -P 1 0 1000", "-c", "read -P 0 1000 24"];
  await runProgram("qemu-io", ["-r", "-f", "qcow2", ...reads, overlay]);
});

Deno.test("createQcow2Overlay() refuses what it cannot cover", async (t) => {
  await using folder = await temporaryFolder();
  const source = join(folder.path, "source");
  const overlay = join(folder.path, "overlay");
  await Deno.writeFile(source, new Uint8Array(1024));
  const patches: readonly DiskPatch[] = [];

  await t.step("a folder", async () => {
    await assert.rejects(
      createQcow2Overlay(overlay, { source: folder.path, patches }),
      { code: "clone-failed", message: /not a regular file/ },
    );
  });
  await t.step("a source that is not there", async () => {
    await assert.rejects(
      createQcow2Overlay(overlay, { source: `${source}2`, patches }),
      Deno.errors.NotFound,
    );
  });
  await t.step("a path that a header cannot hold", async () => {
    let deep = folder.path;
    while (deep.length < 1024) deep = join(deep, "d".repeat(200));
    await Deno.mkdir(deep, { recursive: true });
    await Deno.rename(source, join(deep, "source"));
    await assert.rejects(
      createQcow2Overlay(overlay, { source: join(deep, "source"), patches }),
      { code: "clone-failed", message: /longer than 1023 bytes/ },
    );
    await Deno.rename(join(deep, "source"), source);
  });
  await t.step("a patch behind the end", async () => {
    await assert.rejects(
      createQcow2Overlay(overlay, { source, patches: [patch(1020, 5)] }),
      new RangeError("Cannot patch 5 bytes at 1020: the disk has 1024 bytes"),
    );
  });
  await t.step("an overlay that exists", async () => {
    await Deno.writeTextFile(overlay, "mine");
    await assert.rejects(
      createQcow2Overlay(overlay, { source, patches }),
      Deno.errors.AlreadyExists,
    );
    assert.equal(await Deno.readTextFile(overlay), "mine");
  });
});
