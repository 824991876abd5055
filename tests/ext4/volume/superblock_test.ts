import assert from "node:assert/strict";
import { crc32c } from "../../../lib/ext4/checksum/crc32c.ts";
import { featureNames } from "../../../lib/ext4/volume/feature_names.ts";
import { Corrupt, Ext4, Incompatible } from "../../../lib/ext4/mod.ts";
import { parseSuperblock } from "../../../lib/ext4/volume/superblock.ts";
import { run } from "../support/programs.ts";

const TINY = new URL("../../fixtures/tiny.ext4", import.meta.url);

/** The superblock of the small image, changed, with the checksum that belongs to it. */
function changed(set: (view: DataView) => void): Uint8Array<ArrayBuffer> {
  const bytes = Deno.readFileSync(TINY).slice(1024, 2048);
  const view = new DataView(bytes.buffer);
  set(view);
  view.setUint32(0x3fc, crc32c(0xffffffff, view, 0, 0x3fc), true);
  return bytes;
}

Deno.test("Ext4.superblock has what dumpe2fs says", async () => {
  using filesystem = await Ext4.open(TINY);
  const { superblock } = filesystem;
  const output = await run("dumpe2fs", ["-h", TINY.pathname]);
  const said = (name: string) => new RegExp(`^${name}:\\s+(.*)$`, "m").exec(output)?.[1];
  assert.equal(superblock.s_uuid, said("Filesystem UUID"));
  assert.equal(superblock.s_volume_name, said("Filesystem volume name"));
  assert.equal(superblock.features.join(" "), said("Filesystem features"));
  assert.equal(`${superblock.s_inodes_count}`, said("Inode count"));
  assert.equal(`${superblock.s_blocks_count}`, said("Block count"));
  assert.equal(`${superblock.s_free_blocks_count}`, said("Free blocks"));
  assert.equal(`${superblock.s_first_data_block}`, said("First block"));
  assert.equal(`${superblock.blockSize}`, said("Block size"));
  assert.equal(`${superblock.s_inode_size}`, said("Inode size"));
  assert.equal(`0x${superblock.s_checksum.toString(16).padStart(8, "0")}`, said("Checksum"));
});

Deno.test("featureNames() has the names of dumpe2fs for every bit", async () => {
  const image = await Deno.makeTempFile({ prefix: "snapvm-features-" });
  try {
    await run("mke2fs", ["-q", "-F", "-O", "none", image, "1M"]);
    const pristine = await Deno.readFile(image);
    const rows: [offset: number, bits: number][] = [
      [0x5c, 0xffffffff],
      // Without journal_dev, since `dumpe2fs` reads no further with it.
      [0x60, 0xfffffff7],
      // Without metadata_csum, since the checksum would be wrong.
      [0x64, 0xfffffbff],
    ];
    for (const [offset, bits] of rows) {
      const bytes = pristine.slice();
      const view = new DataView(bytes.buffer);
      view.setUint32(1024 + offset, bits, true);
      // With 64-bit numbers, descriptors have to say how long they are.
      view.setUint16(1024 + 0xfe, 64, true);
      await Deno.writeFile(image, bytes);
      const output = await run("dumpe2fs", ["-h", "-f", image], { statuses: [0, 1] });
      const said = /^Filesystem features: +(.*)$/m.exec(output)?.[1];
      const words = [0x5c, 0x60, 0x64].map((place) => place === offset ? bits : 0);
      const [compat, incompat, roCompat] = words as [number, number, number];
      assert.equal(featureNames(compat, incompat, roCompat).join(" "), said);
    }
  } finally {
    await Deno.remove(image);
  }
});

Deno.test("parseSuperblock() refuses what cannot be", () => {
  const rows: [why: RegExp, set: (view: DataView) => void][] = [
    [/not an ext2, ext3 or ext4/, (view) => view.setUint16(0x38, 0xef54, true)],
    [/a block cannot have 2\^17 bytes/, (view) => view.setUint32(0x18, 7, true)],
    [/an inode cannot have 0 bytes/, (view) => view.setUint16(0x58, 0, true)],
    [/an inode cannot have 384 bytes/, (view) => view.setUint16(0x58, 384, true)],
    [/an inode cannot have 2048 bytes/, (view) => view.setUint16(0x58, 2048, true)],
    [/a group cannot have 0 inodes/, (view) => view.setUint32(0x28, 0, true)],
    [/a group cannot have 0 blocks/, (view) => view.setUint32(0x20, 0, true)],
    [/a group cannot have 8193 blocks/, (view) => view.setUint32(0x20, 8193, true)],
    [/the first of 64 blocks cannot be 2/, (view) => view.setUint32(0x14, 2, true)],
    [/1 groups of 32 inodes are not 33/, (view) => view.setUint32(0x0, 33, true)],
  ];
  for (const [why, set] of rows) {
    assert.throws(
      () => parseSuperblock(changed(set)),
      (error) => error instanceof Corrupt && error.kind === "superblock" && why.test(error.message),
      String(why),
    );
  }
});

Deno.test("parseSuperblock() refuses a wrong checksum", () => {
  const bytes = changed(() => {});
  bytes[0x78]! ^= 1;
  assert.throws(() => parseSuperblock(bytes), /its checksum is wrong/);
});

Deno.test("parseSuperblock() names the feature that it does not know", () => {
  const rows: [bit: number, feature: string][] = [
    [0x1, "compression"],
    [0x8, "journal_dev"],
    [0x1000, "dirdata"],
    [0x800000, "FEATURE_I23"],
    [0x80000000, "FEATURE_I31"],
  ];
  for (const [bit, feature] of rows) {
    const bytes = changed((view) => view.setUint32(0x60, view.getUint32(0x60, true) | bit, true));
    assert.throws(
      () => parseSuperblock(bytes),
      (error) => error instanceof Incompatible && error.feature === feature,
      feature,
    );
  }
});
