import { fileRuns } from "./file_runs.ts";
import { inlineContent } from "./inline_data.ts";
import { Incompatible } from "../volume/incompatible.ts";
import { EXT4_ENCRYPT_FL, EXT4_INLINE_DATA_FL } from "../inode/inode_fields.ts";
import type { Inode } from "../inode/inode.ts";
import type { Volume } from "../volume/volume.ts";

/** A part of a file, in bytes. */
export interface ByteRange {
  /** The first byte. Default: 0. */
  readonly offset?: number;
  /** How many bytes. Default: up to the file's end. */
  readonly length?: number;
}

/** A part of a file that holds data, in bytes. */
export interface DataRange {
  /** The first byte. */
  readonly offset: number;
  /** How many bytes. */
  readonly length: number;
}

/** Bytes of a file, and their place in the filesystem. */
interface Piece extends DataRange {
  readonly position: number;
}

/**
 * Refuses content that is encrypted.
 *
 * @throws {Incompatible} If it is.
 */
export function checkReadable(inode: Inode): void {
  if ((inode.info.flags & EXT4_ENCRYPT_FL) !== 0) {
    const what = `the content of inode ${inode.info.ino}`;
    throw new Incompatible(what, "encrypt", "it is encrypted, and the key is not in the image");
  }
}

function isInline(inode: Inode): boolean {
  return (inode.info.flags & EXT4_INLINE_DATA_FL) !== 0;
}

function* pieces(volume: Volume, inode: Inode, start: number, end: number): Generator<Piece> {
  if (start >= end) return;
  const { blockSize } = volume.superblock;
  const first = Math.floor(start / blockSize);
  for (const run of fileRuns(volume, inode, first, Math.ceil(end / blockSize))) {
    const offset = Math.max(run.logical * blockSize, start);
    const length = Math.min((run.logical + run.length) * blockSize, end) - offset;
    yield { offset, length, position: run.physical * blockSize + offset - run.logical * blockSize };
  }
}

/**
 * Reads content in chunks, in order. Holes and blocks that were never written are zeros, and a range that leaves the
 * file is cut. `allocate` gives the memory for each chunk, at most as many bytes as remain; the chunk fills it.
 *
 * @throws {Corrupt} If the file's map is wrong.
 * @throws {Incompatible} If the content is encrypted.
 */
export function* contentChunks(
  volume: Volume,
  inode: Inode,
  range: ByteRange,
  allocate: (remaining: number) => Uint8Array<ArrayBuffer>,
): Generator<Uint8Array<ArrayBuffer>> {
  checkReadable(inode);
  const { size } = inode.info;
  const { offset = 0, length = size } = range;
  if (!(offset >= 0 && length >= 0)) {
    throw new RangeError(`Cannot read ${length} bytes from byte ${offset} on`);
  }
  const start = Math.min(offset, size);
  const end = Math.min(start + length, size);
  if (isInline(inode)) {
    yield* inlineChunks(inode, start, end, allocate);
    return;
  }
  const iterator = pieces(volume, inode, start, end);
  let piece = iterator.next().value;
  let position = start;
  while (position < end) {
    const chunk = allocate(end - position);
    let filled = 0;
    while (filled < chunk.length) {
      while (piece !== undefined && piece.offset + piece.length <= position) {
        piece = iterator.next().value;
      }
      const dataStart = piece === undefined ? end : piece.offset;
      let count = Math.min(dataStart - position, chunk.length - filled);
      if (piece === undefined || count > 0) {
        chunk.fill(0, filled, filled + count);
      } else {
        count = Math.min(piece.offset + piece.length - position, chunk.length - filled);
        const part = chunk.subarray(filled, filled + count);
        volume.read(part, piece.position + position - piece.offset);
      }
      filled += count;
      position += count;
    }
    yield chunk;
  }
}

function* inlineChunks(
  inode: Inode,
  start: number,
  end: number,
  allocate: (remaining: number) => Uint8Array<ArrayBuffer>,
): Generator<Uint8Array<ArrayBuffer>> {
  const content = inlineContent(inode);
  let position = start;
  while (position < end) {
    const chunk = allocate(end - position);
    const data = content.subarray(position, position + chunk.length);
    chunk.set(data);
    chunk.fill(0, data.length);
    yield chunk;
    position += chunk.length;
  }
}

/**
 * The whole content in one piece of memory. The caller has made sure that it fits.
 *
 * @throws {Corrupt} If the file's map is wrong.
 * @throws {Incompatible} If the content is encrypted.
 */
export function contentBytes(volume: Volume, inode: Inode): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(inode.info.size);
  const rest = (remaining: number) => bytes.subarray(bytes.length - remaining);
  const chunks = contentChunks(volume, inode, {}, rest);
  while (!chunks.next().done);
  return bytes;
}

/**
 * The parts of a file that hold data, in order: what `SEEK_DATA` and `SEEK_HOLE` tell. Holes and blocks that were never
 * written are left out, and no two ranges touch.
 *
 * @throws {Corrupt} If the file's map is wrong.
 */
export function* contentRanges(volume: Volume, inode: Inode): Generator<DataRange> {
  checkReadable(inode);
  const { size } = inode.info;
  if (isInline(inode)) {
    const { length } = inlineContent(inode);
    if (length > 0) yield { offset: 0, length };
    return;
  }
  let range: DataRange | null = null;
  for (const { offset, length } of pieces(volume, inode, 0, size)) {
    if (range !== null && range.offset + range.length === offset) {
      range = { offset: range.offset, length: range.length + length };
      continue;
    }
    if (range !== null) yield range;
    range = { offset, length };
  }
  if (range !== null) yield range;
}
