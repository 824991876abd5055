import { writeAllSync } from "../../host/mod.ts";

/** How much of a console is kept, in bytes. */
const MAX_SIZE = 16 * 2 ** 20;
/** How much of it is copied at once when its older half is dropped. */
const COPY_SIZE = 2 ** 20;

/**
 * A file that takes all that a guest shows, at most so much of it: then the older half is dropped. Places in it are
 * counted from the first byte that it had when it was opened, and stay the same when something is dropped.
 */
export class ConsoleFile implements Disposable {
  readonly #path: string;
  readonly #maxSize: number;
  #file: Deno.FsFile;
  /** The place of the file's first byte. */
  #start = 0;
  #size: number;

  private constructor(path: string, file: Deno.FsFile, maxSize: number) {
    this.#path = path;
    this.#file = file;
    this.#maxSize = maxSize;
    this.#size = file.statSync().size;
  }

  /**
   * Opens a file, behind what is in it already.
   *
   * @param path The file; it is made if it is not there.
   * @param maxSize How many bytes it has at most.
   * @returns The file.
   */
  static open(path: string, maxSize: number = MAX_SIZE): ConsoleFile {
    const options = { read: true, write: true, create: true, mode: 0o600 } as const;
    return new ConsoleFile(path, Deno.openSync(path, options), maxSize);
  }

  /** The place of the first byte that is still there. */
  get start(): number {
    return this.#start;
  }

  /** The place behind the last byte. */
  get end(): number {
    return this.#start + this.#size;
  }

  /** Adds bytes. What it throws, the file cannot be used after. */
  write(bytes: Uint8Array): void {
    if (this.#size + bytes.length > this.#maxSize) this.#dropHalf();
    this.#file.seekSync(this.#size, Deno.SeekMode.Start);
    writeAllSync(this.#file, bytes);
    this.#size += bytes.length;
  }

  /** Reads bytes from a place between start and end; at most as many as fit. */
  read(place: number, buffer: Uint8Array): number {
    this.#file.seekSync(place - this.#start, Deno.SeekMode.Start);
    return this.#file.readSync(buffer) ?? 0;
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file.close();
  }

  /** The file appears anew, so that who reads it sees the old one or the new one. */
  #dropHalf(): void {
    const dropped = Math.max(0, this.#size - Math.floor(this.#maxSize / 2));
    const path = `${this.#path}.new`;
    const file = Deno.openSync(path, {
      read: true,
      write: true,
      create: true,
      truncate: true,
      mode: 0o600,
    });
    try {
      this.#file.seekSync(dropped, Deno.SeekMode.Start);
      const buffer = new Uint8Array(COPY_SIZE);
      for (let length; (length = this.#file.readSync(buffer)) !== null;) {
        writeAllSync(file, buffer.subarray(0, length));
      }
      Deno.renameSync(path, this.#path);
    } catch (error) {
      file.close();
      throw error;
    }
    this.#file.close();
    this.#file = file;
    this.#start += dropped;
    this.#size -= dropped;
  }
}
