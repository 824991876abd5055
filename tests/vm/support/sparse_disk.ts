/**
 * A disk's source: as large as a snapshot, and nearly empty.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { DiskSpecification } from "../../../lib/vm/mod.ts";

const KIB = 1024;
/** How large it is, in bytes. */
export const SOURCE_SIZE = 512 * 2 ** 30;
/** Where its letters are: 64 KiB each. */
const LETTERS = [0, SOURCE_SIZE / 2, SOURCE_SIZE - 64 * KIB];

/** Makes a sparse image of 512 GiB with letters at its start, its middle and its end, and returns its path. */
export async function makeSource(folder: string): Promise<string> {
  const path = join(folder, "a source, with: everything");
  using file = await Deno.open(path, { write: true, createNew: true, mode: 0o400 });
  await file.truncate(SOURCE_SIZE);
  for (const offset of LETTERS) {
    await file.seek(offset, Deno.SeekMode.Start);
    await file.write(new Uint8Array(64 * KIB).fill(0x61));
  }
  return path;
}

/** Everything that a write to the source would change. */
export async function fingerprint(path: string): Promise<unknown> {
  using file = await Deno.open(path);
  const hash = createHash("sha256");
  for (const offset of LETTERS) {
    const bytes = new Uint8Array(64 * KIB);
    await file.seek(offset, Deno.SeekMode.Start);
    await file.read(bytes);
    hash.update(bytes);
  }
  const { size, blocks, mtime, ctime } = await file.stat();
  return { hash: hash.digest("hex"), size, blocks, mtime, ctime };
}

/** A disk of that source. */
export function disk(source: string, more: Partial<DiskSpecification> = {}): DiskSpecification {
  return { source, serial: "root", readOnly: false, patches: [], ...more };
}
