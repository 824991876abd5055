import { reasonOf, SnapvmError } from "../../error/mod.ts";
import { nextTurn, unwritable, writeAllSync } from "../../host/mod.ts";

/** The size of the buffer in bytes. */
const BUFFER_SIZE = 1 << 20;
/** After so many bytes others should have their turn. */
const TURN_SIZE = 16 << 20;

/**
 * Writes an image through a large buffer. What is not written stays a hole.
 *
 * Writing is in two steps: {@linkcode seek}, then {@linkcode write}, {@linkcode zeros} or {@linkcode take}. All of them
 * throw a {@linkcode SnapvmError} if the file cannot be written.
 *
 * The file is written on this thread: the system copies the bytes and does the rest by itself, while Deno would copy them
 * once more to hand them to another thread, which takes twice as long.
 */
export class BlockOutput {
  /** The buffer. */
  readonly bytes: Uint8Array<ArrayBuffer> = new Uint8Array(BUFFER_SIZE);
  /** The same memory. */
  readonly view: DataView<ArrayBuffer> = new DataView(this.bytes.buffer);
  readonly #file: Deno.FsFile;
  readonly #path: string;
  /** The position of the buffer in the file, and how much of the buffer is filled. */
  #start = 0;
  #length = 0;
  /** The file's own position. */
  #position = 0;
  /** How much was written since others had their turn. */
  #sinceTurn = 0;

  /** Takes the image's file, open for writing, at its start. Errors name `path`. */
  constructor(file: Deno.FsFile, path: string) {
    this.#file = file;
    this.#path = path;
  }

  /** Goes to a position in the image, in bytes. */
  seek(position: number): void {
    if (position === this.#start + this.#length) return;
    this.flush();
    this.#start = position;
  }

  /** Writes bytes, which are copied. */
  write(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;) {
      const count = Math.min(bytes.length - done, BUFFER_SIZE - this.#length);
      const part = count === bytes.length ? bytes : bytes.subarray(done, done + count);
      this.bytes.set(part, this.#length);
      this.#length += count;
      done += count;
      if (this.#length === BUFFER_SIZE) this.flush();
    }
  }

  /** Writes so many zeros. */
  zeros(count: number): void {
    for (let left = count; left > 0;) {
      const part = Math.min(left, BUFFER_SIZE - this.#length);
      this.bytes.fill(0, this.#length, this.#length + part);
      this.#length += part;
      left -= part;
      if (this.#length === BUFFER_SIZE) this.flush();
    }
  }

  /** Gives room for so many bytes, at most 64 KiB: their place in {@linkcode bytes}, where there are zeros. */
  take(count: number): number {
    if (this.#length + count > BUFFER_SIZE) this.flush();
    const offset = this.#length;
    this.#length += count;
    this.bytes.fill(0, offset, this.#length);
    return offset;
  }

  /** A promise to wait for when others should have their turn. */
  ready(): Promise<void> | undefined {
    if (this.#sinceTurn < TURN_SIZE) return;
    this.#sinceTurn = 0;
    return nextTurn();
  }

  /** Writes what is still in the buffer. */
  flush(): void {
    if (this.#length === 0) return;
    try {
      if (this.#position !== this.#start) this.#file.seekSync(this.#start, Deno.SeekMode.Start);
      writeAllSync(this.#file, this.bytes.subarray(0, this.#length));
    } catch (cause) {
      throw writeError(this.#path, cause);
    }
    this.#sinceTurn += this.#length;
    this.#start += this.#length;
    this.#position = this.#start;
    this.#length = 0;
  }
}

/** The error for an image that cannot be written. */
export function writeError(path: string, cause: unknown): SnapvmError {
  const code = (cause as { code?: unknown }).code;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new SnapvmError("disk-full", `Cannot write ${path}: ${reasonOf(cause)}`, {
      data: { path },
      cause,
    });
  }
  return unwritable(path, cause);
}
