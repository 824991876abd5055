import type { BlockSource } from "./block_source.ts";

/** A file or block device, open for reading, as a {@linkcode BlockSource}. */
export class FileSource implements BlockSource {
  /** The size of the file in bytes. */
  readonly size: number;
  readonly #file: Deno.FsFile;

  /**
   * Opens a file or block device.
   *
   * @param path The file's path or `file:` URL.
   * @throws {Deno.errors.NotFound} And whatever else the operating system has against opening it.
   */
  constructor(path: string | URL) {
    this.#file = Deno.openSync(path, { read: true });
    try {
      if (this.#file.statSync().isDirectory) {
        throw new Deno.errors.IsADirectory(`Cannot open ${path}: it is a folder`);
      }
      // A block device has no size in its inode: its end is where seeking leads.
      this.size = this.#file.seekSync(0, Deno.SeekMode.End);
    } catch (error) {
      this.#file.close();
      throw error;
    }
  }

  /**
   * Reads bytes at a position.
   *
   * @param buffer Where the bytes go.
   * @param position The position of the first byte.
   * @returns How many bytes were read.
   */
  readAt(buffer: Uint8Array<ArrayBuffer>, position: number): number {
    this.#file.seekSync(position, Deno.SeekMode.Start);
    let filled = this.#file.readSync(buffer) ?? 0;
    while (filled < buffer.length) {
      const count = this.#file.readSync(buffer.subarray(filled));
      if (count === null) break;
      filled += count;
    }
    return filled;
  }

  /** Closes the file. */
  close(): void {
    this.#file.close();
  }
}
