/**
 * Small images that are the same each time (except for the time in the journals), and the places of their metadata.
 *
 * @module
 */

import { debugfs, run } from "./programs.ts";
import { writeJournal } from "./write_journal.ts";

/** A structure that a mutation can aim at, and that a checksum covers. */
export interface Structure {
  readonly kind:
    | "superblock"
    | "descriptor"
    | "inode"
    | "extents"
    | "map"
    | "folder"
    | "xattrs"
    | "journal";
  /** In bytes from the image's start. */
  readonly offset: number;
  /** In bytes. */
  readonly length: number;
  /** The inode that it belongs to, or the number of its group. */
  readonly owner: number;
}

/** An image to be mutated. */
export interface HostileImage {
  readonly name: string;
  readonly blockSize: number;
  readonly inodeSize: number;
  /** Whether `metadata_csum` is on. */
  readonly hasChecksums: boolean;
  /** The file it is in. */
  readonly path: string;
  readonly structures: readonly Structure[];
}

interface Recipe {
  readonly name: string;
  readonly features: string;
  readonly blockSize: number;
  readonly inodeSize: number;
  /** In KiB. */
  readonly size: number;
  readonly arguments?: readonly string[];
  /** Commands of `debugfs -w`; `folder` has the files that they copy. */
  readonly commands?: (folder: string) => readonly string[];
  /** Flags of `jo`: the last changes are only in the journal. */
  readonly journal?: string;
}

const MODERN = "extent,ext_attr,filetype,64bit,dir_index,flex_bg,sparse_super,large_file," +
  "huge_file,dir_nlink,extra_isize,metadata_csum";

const RECIPES: readonly Recipe[] = [
  {
    name: "ext4",
    features: `${MODERN},inline_data,ea_inode`,
    blockSize: 1024,
    inodeSize: 256,
    size: 1400,
    commands: attributes,
  },
  {
    name: "ext4 without checksums",
    features: MODERN.replace(",metadata_csum", ""),
    blockSize: 1024,
    inodeSize: 256,
    size: 1400,
    commands: attributes,
  },
  {
    name: "ext2",
    features: "ext_attr,filetype,dir_index",
    blockSize: 1024,
    inodeSize: 128,
    size: 1400,
    commands: attributes,
  },
  {
    name: "several groups",
    features: `${MODERN},metadata_csum_seed,meta_bg`,
    blockSize: 2048,
    inodeSize: 256,
    size: 3000,
    arguments: ["-g", "512"],
    commands: attributes,
  },
  {
    name: "a journal to recover",
    features: `has_journal,${MODERN}`,
    blockSize: 1024,
    inodeSize: 256,
    size: 2600,
    arguments: ["-J", "size=1"],
    journal: "-c -v 3",
  },
  {
    name: "a journal without checksums to recover",
    features: `has_journal,${MODERN.replace(",metadata_csum", "")}`,
    blockSize: 1024,
    inodeSize: 256,
    size: 2600,
    arguments: ["-J", "size=1"],
    journal: "",
  },
];

function attributes(folder: string): readonly string[] {
  return ["ea_set /a user.small value", `ea_set -f ${folder}/700 /folder/b user.large`];
}

/** Makes all images in `folder`. Needs `mke2fs` and `debugfs`, but no privileges. */
export async function makeHostileImages(folder: string): Promise<HostileImage[]> {
  // Two blocks of four hold zeros, which debugfs turns into holes: 400 extents.
  const sparse = new Uint8Array(400 * 4096);
  for (let start = 0; start < sparse.length; start += 4096) sparse[start] = 1;
  await Deno.writeFile(`${folder}/sparse`, sparse);
  await Deno.writeFile(`${folder}/40`, new Uint8Array(40).fill(4));
  await Deno.writeFile(`${folder}/3000`, new Uint8Array(3000).fill(5));
  await Deno.writeFile(`${folder}/700`, new Uint8Array(700).fill(7));
  const images: HostileImage[] = [];
  for (const [index, recipe] of RECIPES.entries()) {
    images.push(await makeHostileImage(recipe, `${folder}/${index}.ext4`, folder));
  }
  return images;
}

async function makeHostileImage(
  recipe: Recipe,
  path: string,
  folder: string,
): Promise<HostileImage> {
  await Deno.writeFile(path, new Uint8Array());
  await Deno.truncate(path, recipe.size * 1024);
  await run("mke2fs", [
    ...["-q", "-F", "-t", "ext4", "-O", `none,${recipe.features}`, "-b", `${recipe.blockSize}`],
    ...["-I", `${recipe.inodeSize}`, "-N", "160", "-m", "0"],
    ...["-U", "11111111-2222-3333-4444-555555555555"],
    ...["-E", "root_owner=0:0,hash_seed=66666666-7777-8888-9999-aaaaaaaaaaaa"],
    ...recipe.arguments ?? [],
    path,
  ]);
  await debugfs(path, [...contents(folder), ...recipe.commands?.(folder) ?? []], ["-w"]);
  // Makes an index of the folder of many names.
  await run("e2fsck", ["-fyD", path], { statuses: [0, 1] });
  if (recipe.journal !== undefined) {
    const transactions = [["mkdir /new", "symlink /new/link target"], ["mkdir /new/below"]];
    await writeJournal(path, { open: recipe.journal, transactions }, recipe.blockSize);
  }
  const { name, blockSize, inodeSize, features } = recipe;
  return {
    name,
    blockSize,
    inodeSize,
    path,
    hasChecksums: features.includes("metadata_csum"),
    structures: await findStructures(path, blockSize, inodeSize),
  };
}

/** Commands that write extents of three levels, a folder of many blocks, and links of all kinds. */
function contents(folder: string): string[] {
  return [
    ...["mkdir /folder", "mkdir /folder/deep", "mkdir /folder/deep/deeper", "mkdir /many"],
    ...[
      `write ${folder}/40 /a`,
      `write ${folder}/3000 /folder/b`,
      `write ${folder}/sparse /sparse`,
    ],
    ...[`write ${folder}/40 /folder/deep/deeper/c`, "mknod /null c 1 3", "mknod /fifo p"],
    ...Array.from(
      { length: 60 },
      (_, index) => `symlink /many/${String(index).padEnd(180, "n")} target`,
    ),
    ...["symlink /short folder/b", `symlink /long ${"x/".repeat(200)}`, "symlink /loop loop"],
    ...["ln /a /folder/a", "sif /a links_count 2"],
  ];
}

/** Asks `dumpe2fs` and `debugfs` for the place of everything. */
async function findStructures(
  path: string,
  blockSize: number,
  inodeSize: number,
): Promise<Structure[]> {
  const view = new DataView((await Deno.readFile(path)).buffer);
  const layout = await run("dumpe2fs", [path]);
  const number = (pattern: RegExp) => Number(pattern.exec(layout)?.[1] ?? NaN);
  const descriptors = number(/Group descriptors? at (\d+)/) * blockSize;
  // Named only if it is unusual.
  const descriptorSize = number(/Group descriptor size: +(\d+)/) || 32;
  const inodesPerGroup = number(/Inodes per group: +(\d+)/);
  const structures: Structure[] = [{ kind: "superblock", offset: 1024, length: 1024, owner: 0 }];
  const inodes: Structure[] = [];
  [...layout.matchAll(/Inode table at (\d+)/g)].forEach(([, table], group) => {
    const offset = descriptors + group * descriptorSize;
    structures.push({ kind: "descriptor", offset, length: descriptorSize, owner: group });
    for (let index = 0; index < inodesPerGroup; index++) {
      const offset = Number(table) * blockSize + index * inodeSize;
      if (view.getUint16(offset, true) === 0) continue;
      const owner = group * inodesPerGroup + index + 1;
      inodes.push({ kind: "inode", offset, length: inodeSize, owner });
    }
  });
  const stats = await debugfs(path, inodes.map(({ owner }) => `stat <${owner}>`));
  const blocks = inodes.flatMap(({ owner }, index) => blocksOf(stats[index] ?? "", owner));
  return [
    ...structures,
    ...inodes,
    ...blocks.map(({ kind, block, owner }): Structure => ({
      kind,
      owner,
      offset: block * blockSize,
      length: blockSize,
    })),
  ];
}

/** The blocks of an inode that hold metadata, as `debugfs` lists them: `(0-11):1234-1245, (IND):1246`. */
function blocksOf(
  stat: string,
  owner: number,
): { kind: Structure["kind"]; block: number; owner: number }[] {
  const found: { kind: Structure["kind"]; block: number; owner: number }[] = [];
  const acl = Number(/File ACL: (\d+)/.exec(stat)?.[1] ?? 0);
  if (acl !== 0) found.push({ kind: "xattrs", block: acl, owner });
  const content = owner === 8
    ? "journal"
    : /Type: (directory|symlink)/.exec(stat)?.[1] === "directory"
    ? "folder"
    : undefined;
  const list = /\n(?:EXTENTS|BLOCKS):\n(.*)/s.exec(stat)?.[1] ?? "";
  for (const [, label = "", first, last] of list.matchAll(/\(([^)]+)\):(\d+)(?:-(\d+))?/g)) {
    const kind = label.startsWith("ETB") ? "extents" : label.endsWith("IND") ? "map" : content;
    if (kind === undefined) continue;
    for (let block = Number(first); block <= Number(last ?? first); block++) {
      found.push({ kind, block, owner });
    }
  }
  // The part of the journal that was written is its start.
  if (content === "journal") return found.slice(0, 24);
  return found;
}
