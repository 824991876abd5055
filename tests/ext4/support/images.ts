/**
 * The images that the reader is tried on: every kind that `mke2fs` makes, filled by the kernel,
 * by `mke2fs -d` or by `debugfs`.
 *
 * @module
 */

import {
  type Capacity,
  fragments,
  many,
  pattern,
  populate,
  unwritten,
  writeFile,
} from "./populate.ts";
import { changeTimes, KernelFile, makeFolder, makeSymlink, removeFile } from "./libc.ts";
import { debugfs, run, withMount } from "./programs.ts";

/** One row of the matrix. */
export interface ImageKind {
  /** What is special about it. */
  readonly name: string;
  /** Features, in the words of `mke2fs -O`, and no others. */
  readonly features: string;
  /** In bytes (default: 1024). */
  readonly blockSize?: number;
  /** In bytes (default: 256). */
  readonly inodeSize?: number;
  /** In MiB (default: 64). */
  readonly size?: number;
  /** How many inodes (default: 2048). */
  readonly inodes?: number;
  /** More arguments of `mke2fs`. */
  readonly arguments?: readonly string[];
  /** Who writes the files: the kernel (default) or `mke2fs -d`. */
  readonly writer?: "kernel" | "mke2fs";
  /** The only witness, if this kernel cannot mount the image (default: the kernel too). */
  readonly truth?: "debugfs";
  /** What the kernel writes beyond the usual. */
  readonly more?: (root: string, capacity: Capacity) => void;
  /** Commands of `debugfs -w`, after that. */
  readonly debugfs?: readonly string[];
  /** Runs `e2fsck -fyD` at the end, which rebuilds the folders' indexes. */
  readonly rebuildFolders?: true;
}

const EXT2 = "ext_attr,resize_inode,dir_index,filetype,sparse_super,large_file";
const EXT3 = `has_journal,${EXT2}`;
const EXT4_PLAIN = "ext_attr,dir_index,filetype,extent,flex_bg,sparse_super,large_file," +
  "huge_file,dir_nlink,extra_isize";
const EXT4_FIXED = `${EXT4_PLAIN},64bit,metadata_csum`;
const EXT4 = `${EXT4_FIXED},resize_inode`;

/** The matrix. */
export const IMAGE_KINDS: readonly ImageKind[] = [
  { name: "ext2, 128-byte inodes", features: EXT2, inodeSize: 128 },
  { name: "ext2 of its first days", features: "none", inodeSize: 128 },
  {
    name: "ext2 without types in folders",
    features: "ext_attr,sparse_super,large_file",
    blockSize: 2048,
  },
  { name: "ext2, 4 KiB blocks", features: EXT2, blockSize: 4096 },
  { name: "ext3", features: EXT3, size: 32 },
  {
    name: "ext3 without folder indexes",
    features: "has_journal,ext_attr,filetype,large_file",
    blockSize: 2048,
  },
  { name: "ext4", features: `has_journal,${EXT4}`, blockSize: 4096 },
  { name: "ext4, 1 KiB blocks", features: EXT4, size: 128, more: everythingMore },
  { name: "ext4, 2 KiB blocks", features: EXT4, blockSize: 2048, size: 128, more: everythingMore },
  { name: "ext4, 4 KiB blocks", features: EXT4, blockSize: 4096, size: 256, more: everythingMore },
  { name: "ext4 by mke2fs -d", features: EXT4, blockSize: 4096, writer: "mke2fs" },
  { name: "ext4 by mke2fs -d, 1 KiB blocks", features: EXT4, writer: "mke2fs" },
  { name: "8 KiB blocks", features: EXT4, blockSize: 8192, writer: "mke2fs", truth: "debugfs" },
  {
    name: "16 KiB blocks",
    features: EXT4,
    blockSize: 16384,
    writer: "mke2fs",
    truth: "debugfs",
    size: 128,
  },
  {
    name: "32 KiB blocks",
    features: EXT4,
    blockSize: 32768,
    writer: "mke2fs",
    truth: "debugfs",
    size: 128,
  },
  {
    name: "64 KiB blocks",
    features: EXT4,
    blockSize: 65536,
    writer: "mke2fs",
    truth: "debugfs",
    size: 256,
    // Records as long as a block: 65536 does not fit their 16-bit length.
    debugfs: ["mkdir /empty", "mkdir /empty/empty", "expand /empty"],
  },
  {
    name: "64 KiB blocks, ext2",
    features: EXT2,
    blockSize: 65536,
    writer: "mke2fs",
    truth: "debugfs",
    size: 256,
  },
  {
    name: "64 KiB blocks, inline data",
    features: `${EXT4},inline_data`,
    blockSize: 65536,
    writer: "mke2fs",
    truth: "debugfs",
    size: 256,
  },
  { name: "without 64bit", features: `${EXT4_PLAIN},metadata_csum,resize_inode`, blockSize: 2048 },
  {
    name: "64bit with 64-byte descriptors, no checksums",
    features: `${EXT4_PLAIN},64bit`,
    size: 40,
  },
  {
    name: "1024-byte descriptors",
    features: EXT4,
    arguments: ["-E", "desc_size=1024"],
    blockSize: 4096,
  },
  { name: "uninit_bg", features: `${EXT4_PLAIN},uninit_bg,resize_inode` },
  { name: "uninit_bg, 64bit", features: `${EXT4_PLAIN},uninit_bg,64bit`, size: 300 },
  { name: "metadata_csum_seed", features: `${EXT4},metadata_csum_seed`, blockSize: 4096 },
  { name: "without flex_bg", features: EXT4.replace("flex_bg,", ""), size: 40 },
  { name: "flex_bg of 4 groups", features: EXT4, arguments: ["-G", "4"], size: 100 },
  { name: "meta_bg", features: `${EXT4_PLAIN},64bit,metadata_csum,meta_bg`, size: 200 },
  { name: "meta_bg, 32-byte descriptors", features: `${EXT4_PLAIN},uninit_bg,meta_bg`, size: 400 },
  {
    name: "sparse_super2",
    features: EXT4_FIXED.replace("sparse_super", "sparse_super2"),
    size: 100,
  },
  { name: "without sparse_super", features: EXT4_FIXED.replace("sparse_super,", ""), size: 100 },
  {
    name: "bigalloc",
    features: `${EXT4_FIXED},bigalloc`,
    arguments: ["-C", "16384"],
    more: everythingMore,
    size: 128,
  },
  {
    name: "bigalloc, 4 KiB blocks",
    features: `${EXT4_FIXED},bigalloc`,
    blockSize: 4096,
    arguments: ["-C", "65536"],
    size: 128,
  },
  {
    name: "large_dir",
    features: `${EXT4},large_dir`,
    size: 128,
    more: (root) => many(`${root}/three levels`, 34_000, 250),
  },
  {
    name: "without dir_index",
    features: EXT4.replace("dir_index,", ""),
    more: (root) => many(`${root}/unindexed`, 600, 200),
  },
  { name: "inline_data", features: `${EXT4},inline_data`, more: inlineMore },
  {
    name: "inline_data, 4 KiB blocks, 1024-byte inodes",
    features: `${EXT4},inline_data`,
    blockSize: 4096,
    inodeSize: 1024,
    more: inlineMore,
  },
  {
    name: "inline_data by mke2fs -d",
    features: `${EXT4},inline_data`,
    inodeSize: 512,
    writer: "mke2fs",
  },
  {
    name: "inline_data without checksums",
    features: `${EXT4_PLAIN},inline_data`,
    more: inlineMore,
  },
  { name: "ea_inode", features: `${EXT4},ea_inode`, blockSize: 4096 },
  {
    name: "ea_inode, inline_data, 1 KiB blocks",
    features: `${EXT4},ea_inode,inline_data`,
    inodeSize: 512,
  },
  { name: "ea_inode without checksums", features: `${EXT4_PLAIN},ea_inode`, inodeSize: 128 },
  {
    name: "block maps with checksums",
    features: EXT4.replace("extent,", "").replace("64bit,", ""),
  },
  { name: "without huge_file", features: EXT4.replace("huge_file,", ""), blockSize: 4096 },
  { name: "512-byte inodes", features: EXT4, inodeSize: 512 },
  { name: "1024-byte inodes", features: EXT4, inodeSize: 1024, blockSize: 2048 },
  {
    name: "128-byte inodes with checksums",
    features: EXT4.replace(",extra_isize", ""),
    inodeSize: 128,
  },
  { name: "orphan_file", features: `has_journal,orphan_file,${EXT4}`, blockSize: 4096 },
  {
    name: "quota and project",
    features: `${EXT4},quota,project`,
    writer: "mke2fs",
    arguments: ["-E", "quotatype=usrquota:grpquota:prjquota"],
  },
  { name: "mmp", features: `${EXT4},mmp`, writer: "mke2fs" },
  { name: "fast_commit", features: `has_journal,fast_commit,${EXT4}`, blockSize: 4096 },
  { name: "encrypt announced", features: `${EXT4},encrypt` },
  { name: "stable_inodes", features: `${EXT4},stable_inodes` },
  {
    name: "a label, a UUID and reserved blocks",
    features: EXT4,
    arguments: ["-L", "sixteen letters!", "-U", "random", "-m", "20"],
  },
  {
    name: "first block 1 and last group partial",
    features: EXT4,
    arguments: ["-g", "1024"],
    size: 17,
  },
  { name: "last group of few blocks", features: EXT2, arguments: ["-g", "8192"], size: 41 },
  {
    name: "uninitialised groups left",
    features: EXT4,
    arguments: ["-g", "2048", "-E", "lazy_itable_init=1"],
  },
  {
    name: "RAID stride",
    features: EXT4,
    arguments: ["-E", "stride=16,stripe_width=64"],
    blockSize: 4096,
  },
  {
    name: "half MD4 hash, signed",
    features: EXT4,
    debugfs: ["ssv def_hash_version half_md4"],
    more: folders,
  },
  {
    name: "TEA hash",
    features: EXT4,
    debugfs: ["ssv def_hash_version tea"],
    rebuildFolders: true,
    more: folders,
  },
  {
    name: "legacy hash",
    features: EXT4,
    debugfs: ["ssv def_hash_version legacy"],
    rebuildFolders: true,
    more: folders,
  },
  {
    name: "casefold",
    features: `${EXT4},casefold`,
    arguments: ["-E", "encoding=utf8"],
    writer: "mke2fs",
    truth: "debugfs",
    debugfs: [
      "mkdir /folded",
      "sif /folded flags 0x40080000",
      ...Array.from(
        { length: 200 },
        (_, index) => `symlink /folded/${"Name".repeat(20)}${index} target${index}`,
      ),
      "mkdir /folded/Straße",
      "symlink /folded/strasse other",
    ],
    rebuildFolders: true,
  },
  {
    name: "verity",
    features: `${EXT4},verity`,
    truth: "debugfs",
    // The Merkle tree lies beyond the end of the file, from the next multiple of 64 KiB on.
    more: (root) => writeFile(`${root}/protected`, 70_000),
    debugfs: ["sif /protected size 5000", "sif /protected flags 0x180000"],
  },
];

/** Fragmented and unwritten files, and folders with indexes of one and of two levels. */
function everythingMore(root: string, capacity: Capacity): void {
  folders(root, capacity);
  fragments(`${root}/extents of two levels`, 1000, capacity);
  fragments(`${root}/extents of one level`, 100, capacity);
  if (capacity.blockSize === 1024) fragments(`${root}/extents of three levels`, 30_000, capacity);
  unwritten(`${root}/unwritten`, capacity);
}

function folders(root: string, { blockSize }: Capacity): void {
  many(`${root}/one level`, 300, 200);
  many(`${root}/two levels`, blockSize < 4096 ? 3000 : 12_000, 250);
}

/** Folders that grow out of the inode, and shrink again. */
function inlineMore(root: string): void {
  for (let count = 0; count <= 12; count++) {
    makeFolder(`${root}/inline ${count}`);
    for (let index = 0; index < count; index++) {
      makeSymlink(`${root}/inline ${count}/name ${index}`, "target");
    }
  }
  makeFolder(`${root}/emptied`);
  for (let index = 0; index < 50; index++) writeFile(`${root}/emptied/${index}`, 1);
  for (let index = 1; index < 50; index++) removeFile(`${root}/emptied/${index}`);
  // Inline, then not.
  using file = KernelFile.create(`${root}/grown`);
  file.write(pattern(50, 1), 0);
  file.write(pattern(50, 2), 20_000);
  file.sync();
  using short = KernelFile.create(`${root}/hole within the inode`);
  short.write(pattern(4, 1), 30);
  using only = KernelFile.create(`${root}/hole within the inode only`);
  only.truncate(50);
}

/** What fits into an image of this kind. */
export function capacityOf(kind: ImageKind): Capacity {
  const blockSize = kind.blockSize ?? 1024;
  const features = kind.features.split(",");
  const perBlock = blockSize / 4;
  const blocks = features.includes("extent")
    ? 2 ** 32 - 2
    : 12 + perBlock + perBlock ** 2 + perBlock ** 3;
  const sectorLimit = features.includes("huge_file") ? Infinity : 2 ** 41 - 2 ** 20;
  const lengthLimit = features.includes("large_file") ? Infinity : 2 ** 31 - 1;
  return {
    blockSize,
    fileSize: Math.min(blocks * blockSize, sectorLimit, lengthLimit),
    xattrSize: features.includes("ext_attr")
      ? features.includes("ea_inode") ? 20_000 : blockSize - 124
      : 0,
    extendedTimes: (kind.inodeSize ?? 256) > 128,
  };
}

/** Makes the image `path`. `source` is the folder that `mke2fs -d` copies. Needs root. */
export async function makeImage(kind: ImageKind, path: string, source: string): Promise<void> {
  await Deno.writeFile(path, new Uint8Array());
  await Deno.truncate(path, (kind.size ?? 64) * 1024 * 1024);
  const byMke2fs = kind.writer === "mke2fs";
  await run("mke2fs", [
    ...[
      "-q",
      "-F",
      "-t",
      "ext4",
      "-O",
      kind.features.startsWith("none") ? "none" : `none,${kind.features}`,
    ],
    ...["-b", `${kind.blockSize ?? 1024}`, "-I", `${kind.inodeSize ?? 256}`],
    ...["-N", `${kind.inodes ?? 2048}`, ...kind.arguments ?? []],
    ...byMke2fs ? ["-d", source] : [],
    path,
  ]);
  if (!byMke2fs) {
    const capacity = capacityOf(kind);
    // Nothing in the background that writes after us.
    await withMount(path, "noinit_itable", (root) => {
      populate(root, capacity);
      kind.more?.(root, capacity);
      changeTimes(root, 5n, 1_600_000_000_123_456_789n);
    });
  }
  for (const answer of await debugfs(path, kind.debugfs ?? [], ["-w"])) {
    if (/^\S+: .*\n/.test(answer)) throw new Error(`debugfs did not do its work: ${answer}`);
  }
  // Status 1: it changed something, as it was asked to.
  if (kind.rebuildFolders) await run("e2fsck", ["-fyD", path], { statuses: [0, 1] });
}

/** A mounted filesystem that holds one of everything, for `mke2fs -d`: small enough for every kind. */
export async function withSource<Result>(
  use: (source: string) => Promise<Result>,
): Promise<Result> {
  const image = await Deno.makeTempFile({ prefix: "snapvm-source-", suffix: ".ext4" });
  try {
    await Deno.truncate(image, 64 * 1024 * 1024);
    await run("mke2fs", ["-q", "-F", "-t", "ext4", "-O", `none,${EXT4}`, "-b", "1024", image]);
    return await withMount(image, "noinit_itable", (root) => {
      populate(root, {
        blockSize: 1024,
        fileSize: 6 * 2 ** 30,
        xattrSize: 900,
        extendedTimes: true,
      });
      return use(root);
    });
  } finally {
    await Deno.remove(image);
  }
}
