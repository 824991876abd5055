/**
 * Leaves changes only in an image's journal, as if the machine had stopped before they were written in place.
 *
 * @module
 */

import { Buffer } from "node:buffer";

import { debugfs } from "./programs.ts";

/** What `debugfs` writes to the journal. */
export interface ByDebugfs {
  /** Flags of `jo`. */
  readonly open: string;
  /** Transactions, each made by some commands of `debugfs -w`. */
  readonly transactions: readonly (readonly string[])[];
}

/** Lets `debugfs` change a copy, and writes the blocks in which it differs to the journal. */
export async function writeJournal(
  path: string,
  { open, transactions }: ByDebugfs,
  blockSize: number,
): Promise<void> {
  const changed = `${path}.changed`;
  const data = `${path}.data-`;
  const files: string[] = [];
  try {
    await Deno.copyFile(path, changed);
    let before = await Deno.readFile(path);
    const commands = [`jo ${open}`.trim()];
    for (const [index, transaction] of transactions.entries()) {
      await debugfs(changed, transaction, ["-w"]);
      const after = Buffer.from(await Deno.readFile(changed));
      const blocks: number[] = [];
      for (let start = 0; start < after.length; start += blockSize) {
        const isSuperblock = start <= 1024 && 1024 < start + blockSize;
        const block = after.subarray(start, start + blockSize);
        if (!isSuperblock && !block.equals(before.subarray(start, start + blockSize))) {
          blocks.push(start / blockSize);
        }
      }
      files.push(`${data}${index}`);
      const bytes = new Uint8Array(blocks.length * blockSize);
      blocks.forEach((block, position) =>
        bytes.set(after.subarray(block * blockSize, (block + 1) * blockSize), position * blockSize)
      );
      await Deno.writeFile(`${data}${index}`, bytes);
      commands.push(`jw -b ${blocks.join(",")} ${data}${index}`);
      before = after;
    }
    await debugfs(path, [...commands, "jc"], ["-w"]);
  } finally {
    for (const file of [changed, ...files]) await Deno.remove(file);
  }
}
