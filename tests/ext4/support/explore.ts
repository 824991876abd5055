/**
 * Does everything with an image that the reader can do, to bring its faults to light.
 *
 * @module
 */

import {
  type BlockSource,
  Corrupt,
  Ext4,
  type FileInfo,
  Incompatible,
} from "../../../lib/ext4/mod.ts";

/** No image here has this many names, unless the walk goes round in circles. */
const MAX_ENTRIES = 200_000;

/** How much is read of the start and end of a file, which may claim to be huge. */
const READ_LENGTH = 256 * 1024;

/** An image in memory; from the end of its bytes up to `size` it is a hole. */
export function memorySource(bytes: Uint8Array, size = bytes.length): BlockSource {
  return {
    size,
    readAt(buffer: Uint8Array, position: number): number {
      const part = bytes.subarray(position, position + buffer.length);
      buffer.set(part);
      buffer.fill(0, part.length);
      return Math.max(0, Math.min(buffer.length, size - position));
    },
    close() {},
  };
}

/** Opens the image, walks it, and reads everything in it. Throws what a reader of any image must never throw. */
export async function explore(source: BlockSource): Promise<void> {
  await tolerate(async () => {
    using filesystem = await Ext4.open(source);
    let entries = 0;
    for await (const entry of filesystem.walk("/")) {
      if (++entries > MAX_ENTRIES) throw new Error("The walk does not end");
      if (entry.info === undefined) requireTyped(entry.error);
      else await exploreEntry(filesystem, entry.pathBytes, entry.info);
    }
  });
}

async function exploreEntry(
  filesystem: Ext4,
  path: string | Uint8Array,
  info: FileInfo,
): Promise<void> {
  await tolerate(() => filesystem.xattrs(path));
  await tolerate(() => filesystem.stat(path));
  await tolerate(() => filesystem.lstat(path));
  if (info.isSymlink) await tolerate(() => filesystem.readLink(path));
  if (!info.isFile) return;
  await tolerate(async () => {
    let count = 0;
    for await (const _range of filesystem.dataRanges(path)) if (++count > 10_000) break;
  });
  for (const offset of [0, Math.max(0, info.size - READ_LENGTH)]) {
    await tolerate(async () => {
      let length = 0;
      for await (const chunk of filesystem.read(path, { offset, length: READ_LENGTH })) {
        length += chunk.length;
      }
      const expected = Math.min(READ_LENGTH, info.size - offset);
      if (length !== expected) throw new Error(`Read ${length} bytes in place of ${expected}`);
    });
  }
  if (info.size <= READ_LENGTH) await tolerate(() => filesystem.readFile(path));
}

async function tolerate(action: () => unknown): Promise<void> {
  try {
    await action();
  } catch (error) {
    requireTyped(error);
  }
}

/** Passes the errors that a hostile image may cause, and throws any other. */
function requireTyped(error: unknown): void {
  const isTyped = error instanceof Corrupt || error instanceof Incompatible ||
    Object.values(Deno.errors).some((type) => error instanceof type);
  if (!isTyped) throw error;
}
