/**
 * Bytes that can be read at any position: what a filesystem is read from.
 *
 * {@linkcode Ext4.open} makes one from a path. Anything else that can hand out bytes can be one too, such as memory or
 * a part of a disk. Reading is synchronous because waiting costs more than the read itself if the bytes are in memory.
 *
 * @example
 * ```ts
 * import { type BlockSource, Ext4 } from "@x/snapvm/ext4";
 * import assert from "node:assert/strict";
 *
 * const image = await Deno.readFile("tests/fixtures/tiny.ext4");
 * const source: BlockSource = {
 *   size: image.length,
 *   readAt(buffer, position) {
 *     const part = image.subarray(position, position + buffer.length);
 *     buffer.set(part);
 *     return part.length;
 *   },
 *   close() {},
 * };
 * using filesystem = await Ext4.open(source);
 * assert(await filesystem.exists("/etc/os-release"));
 * ```
 */
export interface BlockSource {
  /** How many bytes there are. */
  readonly size: number;
  /**
   * Reads bytes at a position.
   *
   * @param buffer The memory for the bytes. It is filled unless the source ends.
   * @param position The position of the first byte.
   * @returns How many bytes were read: less than the buffer's length only at the end of the source.
   * @throws {Deno.errors} If reading fails.
   */
  readAt(buffer: Uint8Array<ArrayBuffer>, position: number): number;
  /** Releases what the source holds. Nothing is read after it. */
  close(): void;
}
