import { readAt } from "../../host/mod.ts";
import { sourceUnreadable, unreadableBecause } from "./source_errors.ts";

/** How much is read at once, in bytes: more makes no difference any longer. */
const CHUNK_SIZE = 1 << 18;

/** An open file out of which several readers read at once, each at its own place. */
export class StoredFile implements Disposable {
  /** How messages name the file. */
  readonly name: string;
  /** The size in bytes. */
  readonly size: number;
  readonly #file: Deno.FsFile;
  #turn: Promise<unknown> = Promise.resolve();

  /**
   * Takes a file over.
   *
   * @param file The file, open for reading. It is closed with this.
   * @param size Its size in bytes.
   * @param name How messages name it.
   */
  constructor(file: Deno.FsFile, size: number, name: string) {
    this.#file = file;
    this.size = size;
    this.name = name;
  }

  /**
   * Opens a file.
   *
   * @throws {SnapvmError} `source-unreadable` if it is not there or not a file.
   */
  static async open(path: string, name: string): Promise<StoredFile> {
    try {
      // Before it is opened: opening a FIFO waits for a writer.
      if (!(await Deno.stat(path)).isFile) throw sourceUnreadable(name, "it is not a file");
      const file = await Deno.open(path);
      return new StoredFile(file, (await file.stat()).size, name);
    } catch (cause) {
      throw unreadableBecause(name, cause);
    }
  }

  /**
   * Reads bytes at an offset, until they are all there or the file ends.
   *
   * @returns How many were read.
   */
  async read(offset: number, bytes: Uint8Array): Promise<number> {
    // The position belongs to all readers: one after the other moves it and reads.
    const turn = this.#turn.then(() => this.#readAt(offset, bytes));
    this.#turn = turn.catch(() => {});
    return await turn;
  }

  /**
   * Reads a range in chunks, each with memory of its own.
   *
   * @throws {SnapvmError} `source-unreadable` if the file ends before the range does.
   */
  async *chunks(
    offset: number,
    length: number,
    signal?: AbortSignal,
  ): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
    const end = offset + length;
    for (let at = offset; at < end;) {
      signal?.throwIfAborted();
      const bytes = new Uint8Array(Math.min(CHUNK_SIZE, end - at));
      const count = await this.read(at, bytes);
      if (count < bytes.length) throw sourceUnreadable(this.name, "it is cut short");
      at += count;
      yield bytes;
    }
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file.close();
  }

  async #readAt(offset: number, bytes: Uint8Array): Promise<number> {
    try {
      return await readAt(this.#file, offset, bytes);
    } catch (cause) {
      throw unreadableBecause(this.name, cause);
    }
  }
}
