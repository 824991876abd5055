import type { ByteRange, RootFs } from "../root_fs.ts";

/** Bytes that can be read in any order, and again: a file of the image, or a section of one. */
export interface ByteSource {
  /** How many bytes. */
  readonly size: number;
  /** Some of the bytes in chunks; a chunk is valid until the next one is asked for. */
  read(range?: ByteRange): AsyncIterable<Uint8Array<ArrayBuffer>>;
}

/** A file of the image as a {@linkcode ByteSource}. */
export async function fileSource(root: RootFs, path: string): Promise<ByteSource> {
  const { size } = await root.stat(path);
  return { size, read: (range) => root.read(path, range) };
}

/** The first `length` bytes of a source, fewer if it is shorter. */
export async function readStart(
  source: ByteSource,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const start = new Uint8Array(Math.min(length, source.size));
  let filled = 0;
  for await (const chunk of source.read({ offset: 0, length: start.length })) {
    start.set(chunk.subarray(0, start.length - filled), filled);
    filled += chunk.length;
    if (filled >= start.length) break;
  }
  return start.subarray(0, Math.min(filled, start.length));
}
