import { ProgramFailed, runProgram } from "./run_program.ts";

/** How {@linkcode writeExt4Image} writes. */
export interface Ext4ImageOptions {
  /**
   * Whether the superblock names a journal device, as every snapshot that `container` has written since 1.2.0 does:
   * `fsck` then refuses the filesystem.
   */
  readonly journalUuid: boolean;
}

// The features that Apple's formatter announces: no checksums, two backup superblocks at most, none of them used.
const FEATURES = [
  "none",
  "has_journal",
  "ext_attr",
  "sparse_super2",
  "filetype",
  "extent",
  "flex_bg",
  "large_file",
  "huge_file",
  "extra_isize",
];

/**
 * Writes the tree below the folder `tree` as a sparse ext4 image of 512 GiB with the features of Apple's snapshots.
 * Run by root, the image has the tree's owners; run by anybody else, everything in it belongs to root.
 */
export async function writeExt4Image(
  tree: string,
  image: string,
  options: Ext4ImageOptions = { journalUuid: false },
): Promise<void> {
  await runProgram("mke2fs", [
    "-q",
    "-F",
    ...["-t", "ext4"],
    ...["-O", FEATURES.join(",")],
    ...["-b", "4096"],
    ...["-I", "256"],
    // Without group checksums every inode table is allocated in full: few inodes keep 8 GiB off the host's disk.
    ...["-N", "65536"],
    ...["-J", "size=16"],
    ...["-m", "0"],
    ...["-E", "num_backup_sb=0,root_owner=0:0"],
    ...["-d", tree],
    image,
    "512G",
  ]);
  const changes: string[] = [];
  if (Deno.uid() !== 0) {
    for await (const path of paths(tree)) {
      changes.push(`set_inode_field "${path}" uid 0`, `set_inode_field "${path}" gid 0`);
    }
  }
  if (options.journalUuid) changes.push(`set_super_value journal_uuid ${crypto.randomUUID()}`);
  if (changes.length === 0) return;
  // debugfs ends with status 0 whatever becomes of its commands; beyond its version it has words only for failures.
  const answer = await runProgram(
    "sh",
    ["-c", 'exec debugfs -w -f - "$1" 2>&1 >/dev/null', "sh", image],
    { input: changes.join("\n") + "\n" },
  );
  const complaint = answer.split("\n").find((line) => !/^(debugfs [0-9].*)?$/.test(line));
  if (complaint !== undefined) throw new ProgramFailed(`Cannot complete ${image}: ${complaint}`);
}

/** Every path below `folder` as the image has it: absolute from its root. */
async function* paths(folder: string, prefix = ""): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(folder)) {
    yield `${prefix}/${entry.name}`;
    if (entry.isDirectory) yield* paths(`${folder}/${entry.name}`, `${prefix}/${entry.name}`);
  }
}
