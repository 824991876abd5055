import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { runProgram } from "../../../scripts/images/mod.ts";
import { KernelFile } from "../../ext4/support/libc.ts";
import type { FixtureImage } from "../../fixtures/fixture_image.ts";
import { runSnapvm } from "./snapvm.ts";

const BLOCK_SIZE = 4096;
const ZEROS = Buffer.alloc(BLOCK_SIZE);

/** What a file is, with everything in it. */
export interface Fingerprint {
  /** A hash of all blocks that are not zero, and of where they are. */
  readonly hash: string;
  /** Its length in bytes. */
  readonly size: number;
  /** When it was last written, in milliseconds since 1970. */
  readonly modified: number | undefined;
}

/** The path of an image's snapshot. */
export async function snapshotOf(image: FixtureImage): Promise<string> {
  const args = ["inspect", image.reference, "--platform", image.platform, "--json"];
  const { stdout, stderr, status } = await runSnapvm(args, { image });
  if (status !== 0) throw new Error(`Cannot find the snapshot of ${image.reference}: ${stderr}`);
  return JSON.parse(stdout).snapshot.path;
}

/** Takes the fingerprint of a sparse file of any size: only what the kernel says is data is read. */
export async function fingerprint(path: string): Promise<Fingerprint> {
  const { size, mtime } = await Deno.stat(path);
  const hash = createHash("sha256");
  using file = KernelFile.open(path);
  const block = Buffer.alloc(BLOCK_SIZE);
  for (const { offset, length } of file.dataRanges()) {
    for (let position = offset; position < offset + length; position += BLOCK_SIZE) {
      const count = file.read(block, position);
      // Whether what was allocated and never written counts as data depends on what is in the page cache.
      if (!block.equals(ZEROS)) hash.update(`${position} `).update(block.subarray(0, count));
    }
  }
  return { hash: hash.digest("hex"), size, modified: mtime?.getTime() };
}

/** The text of a file in a snapshot, as debugfs has it. */
export async function textIn(snapshot: string, path: string): Promise<string> {
  return await runProgram("debugfs", ["-R", `cat ${path}`, snapshot]);
}

/** The version of the one kernel in a snapshot: the name of its folder of modules, as debugfs has it. */
export async function kernelVersionIn(snapshot: string): Promise<string> {
  // A line is /inode/mode/owner/group/name/size/.
  const list = await runProgram("debugfs", ["-R", "ls -p /usr/lib/modules", snapshot]);
  const names = Array.from(list.matchAll(/^(?:\/[^/\n]*){4}\/([^/\n]+)\//gm), ([, name]) => name);
  const versions = names.filter((name) => name !== "." && name !== "..");
  if (versions.length !== 1) throw new Error(`Cannot find one kernel in ${snapshot}: ${versions}`);
  return `${versions[0]}`;
}

/** Whether the superblock of a snapshot names an external journal, as dumpe2fs has it. */
export async function hasJournalUuid(snapshot: string): Promise<boolean> {
  return /^Journal UUID:/m.test(await runProgram("dumpe2fs", ["-h", snapshot]));
}
