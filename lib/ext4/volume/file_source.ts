import type { BlockSource } from "./block_source.ts";

/** A file or block device, open for reading, as a {@linkcode BlockSource}. */
export class FileSource implements BlockSource {
  /** The size of the file in bytes. */
  readonly size: number;
  readonly #file: Deno.FsFile;
  /** The position that the next read starts at without seeking; NaN if unknown. */
  #position = NaN;

  /**
   * Opens a file or block device.
   *
   * @throws {Deno.errors} Whatever opening it throws.
   */
  constructor(path: string | URL) {
    this.#file = Deno.openSync(path, { read: true });
    try {
      if (this.#file.statSync().isDirectory) {
        throw new Deno.errors.IsADirectory(`Cannot open ${path}: it is a folder`);
      }
      // A block device has no size in its inode, but one can seek to its end.
      this.size = this.#file.seekSync(0, Deno.SeekMode.End);
    } catch (error) {
      this.#file.close();
      throw error;
    }
  }

  /** Fills `buffer` from `position` on, and returns how many bytes there were. */
  readAt(buffer: Uint8Array<ArrayBuffer>, position: number): number {
    if (position !== this.#position) this.#file.seekSync(position, Deno.SeekMode.Start);
    this.#position = NaN;
    let filled = this.#file.readSync(buffer) ?? 0;
    while (filled < buffer.length) {
      const count = this.#file.readSync(buffer.subarray(filled));
      if (count === null) break;
      filled += count;
    }
    this.#position = position + filled;
    return filled;
  }

  /** Closes the file. */
  close(): void {
    this.#file.close();
  }
}
