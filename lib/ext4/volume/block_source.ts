/**
 * Bytes that can be read at any position: what a filesystem is read from.
 *
 * {@linkcode Ext4.open} makes one from a path; anything else that can hand out bytes (a part of a disk, memory) can be
 * one too. Reading is synchronous because waiting costs more than the read itself when the bytes are in memory.
 */
export interface BlockSource {
  /** How many bytes there are. */
  readonly size: number;
  /**
   * Reads bytes at a position.
   *
   * @param buffer Where the bytes go; it is filled except where the source ends.
   * @param position The position of the first byte.
   * @returns How many bytes were read: less than the buffer's length only at the end of the source.
   * @throws {Deno.errors} Where reading fails.
   */
  readAt(buffer: Uint8Array<ArrayBuffer>, position: number): number;
  /** Gives up what the source holds. Nothing is read after it. */
  close(): void;
}
