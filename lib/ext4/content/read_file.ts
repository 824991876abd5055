import { writeAllSync } from "../../host/mod.ts";
import { asyncIterable } from "./async_iterable.ts";
import { checkReadable, contentBytes, contentChunks, contentRanges } from "./content.ts";
import type { ByteRange } from "./content.ts";
import type { Inode } from "../inode/inode.ts";
import type { Volume } from "../volume/volume.ts";

/** The largest file that is read into memory whole. */
const MAX_WHOLE_SIZE = 2 ** 31;

/** Up to this size a file is read into memory whole, even if most of it is holes. */
const MAX_SPARSE_SIZE = 64 * 1024 * 1024;

/** How much is read at once: a processor's cache has room for it, which makes it the fastest size. */
const READ_SIZE = 256 * 1024;

/** How much a stream hands out at once. */
const STREAM_SIZE = 128 * 1024;

/**
 * The whole content of a regular file. Errors show its path as `shownPath`.
 *
 * @throws {Deno.errors.NotSupported} If it is too large.
 */
export function readWhole(
  volume: Volume,
  inode: Inode,
  shownPath: string,
): Uint8Array<ArrayBuffer> {
  const { size } = inode.info;
  if (size > MAX_SPARSE_SIZE) checkSize(volume, inode, shownPath);
  return contentBytes(volume, inode);
}

/** The content of a regular file in chunks that share their memory: each is valid until the next one is asked for. */
export function readChunks(
  volume: Volume,
  inode: Inode,
  range: ByteRange,
): Generator<Uint8Array<ArrayBuffer>> {
  let memory: Uint8Array<ArrayBuffer> | undefined;
  return contentChunks(volume, inode, range, (remaining) => {
    memory ??= new Uint8Array(Math.min(remaining, READ_SIZE));
    return remaining < memory.length ? memory.subarray(0, remaining) : memory;
  });
}

/**
 * The content of a regular file as a stream whose chunks have memory of their own. `inode` is called when the stream is
 * first read. The stream fails with what {@linkcode readChunks} throws.
 */
export function readStream(
  volume: Volume,
  inode: () => Inode,
  range: ByteRange,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const memory = (remaining: number) => new Uint8Array(Math.min(remaining, STREAM_SIZE));
  let chunks: Generator<Uint8Array<ArrayBuffer>> | undefined;
  return new ReadableStream({
    pull(controller) {
      chunks ??= contentChunks(volume, inode(), range, memory);
      const { value, done } = chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  }, { highWaterMark: 0 });
}

/**
 * Writes the content of a regular file into another file, which is open for writing and loses its content. Holes stay
 * holes.
 *
 * @throws {Deno.errors} What writing throws.
 */
export async function copyContent(
  volume: Volume,
  inode: Inode,
  file: Deno.FsFile,
): Promise<void> {
  checkReadable(inode);
  await file.truncate(0);
  for (const range of contentRanges(volume, inode)) {
    await file.seek(range.offset, Deno.SeekMode.Start);
    // Writing a chunk takes less time than waiting for another thread to write it.
    for await (const chunk of asyncIterable(() => readChunks(volume, inode, range))) {
      writeAllSync(file, chunk);
    }
  }
  await file.truncate(inode.info.size);
}

/** Refuses to read a file whole if it is too large, or if only its holes make it large. */
function checkSize(volume: Volume, inode: Inode, shownPath: string): void {
  const { size } = inode.info;
  let data = 0;
  if (size <= MAX_WHOLE_SIZE) {
    for (const { length } of contentRanges(volume, inode)) data += length;
  }
  if (data < size / 2) {
    const why = size > MAX_WHOLE_SIZE ? "more than 2 GiB" : "most of them holes";
    throw new Deno.errors.NotSupported(
      `Cannot read ${shownPath} whole: it has ${size} bytes, ${why}; use read() or readable()`,
    );
  }
}
