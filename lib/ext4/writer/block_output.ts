import { reasonOf, SnapvmError } from "../../error/mod.ts";
import { unwritable, writeAll } from "../../host/mod.ts";

/** The size of a buffer in bytes. Larger ones are no faster. */
const BUFFER_SIZE = 1 << 20;
/** Up to this size a part of a buffer is copied to be written. */
const SMALL_SIZE = 1 << 16;
/** So many buffers may wait for the disk before the caller should. */
const MAX_WAITING = 3;

/**
 * Writes an image through large buffers, while the caller goes on. What is not written stays a hole.
 *
 * Writing is in two steps: {@linkcode seek}, then {@linkcode write}, {@linkcode zeros} or {@linkcode take}.
 */
export class BlockOutput {
  /** The buffer that is being filled. */
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(BUFFER_SIZE);
  /** The same memory. */
  view: DataView<ArrayBuffer> = new DataView(this.bytes.buffer);
  readonly #file: Deno.FsFile;
  readonly #path: string;
  readonly #spare: Uint8Array<ArrayBuffer>[] = [];
  /** The position of the buffer in the file, and how much of the buffer is filled. */
  #start = 0;
  #length = 0;
  #waiting = 0;
  #done: Promise<void> = Promise.resolve();
  #failure: SnapvmError | undefined;
  #room: PromiseWithResolvers<void> | undefined;
  /** The file's own position. */
  #position = 0;

  /** Takes the image's file, open for writing, at its start. Errors name `path`. */
  constructor(file: Deno.FsFile, path: string) {
    this.#file = file;
    this.#path = path;
  }

  /** Goes to a position in the image, in bytes. */
  seek(position: number): void {
    if (position === this.#start + this.#length) return;
    this.#flush();
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
      if (this.#length === BUFFER_SIZE) this.#flush();
    }
  }

  /** Writes so many zeros. */
  zeros(count: number): void {
    for (let left = count; left > 0;) {
      const part = Math.min(left, BUFFER_SIZE - this.#length);
      this.bytes.fill(0, this.#length, this.#length + part);
      this.#length += part;
      left -= part;
      if (this.#length === BUFFER_SIZE) this.#flush();
    }
  }

  /** Gives room for so many bytes, at most 64 KiB: their place in {@linkcode bytes}, where there are zeros. */
  take(count: number): number {
    if (this.#length + count > BUFFER_SIZE) this.#flush();
    const offset = this.#length;
    this.#length += count;
    this.bytes.fill(0, offset, this.#length);
    return offset;
  }

  /**
   * A promise to wait for if the disk is behind.
   *
   * @throws {SnapvmError} If something could not be written.
   */
  ready(): Promise<void> | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#waiting < MAX_WAITING) return;
    this.#room ??= Promise.withResolvers();
    return this.#room.promise;
  }

  /**
   * Writes what is still in buffers.
   *
   * @throws {SnapvmError} If something could not be written.
   */
  async flush(): Promise<void> {
    this.#flush();
    await this.#done;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Waits until nothing is on its way any more; what is still in the buffer is not written. */
  async settle(): Promise<void> {
    await this.#done;
  }

  #flush(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#length === 0) return;
    const position = this.#start;
    const length = this.#length;
    this.#waiting++;
    this.#start = position + length;
    this.#length = 0;
    if (length <= SMALL_SIZE) {
      // Blocks here and there, as removed files have left them: a buffer for each would be much memory.
      const part = this.bytes.slice(0, length);
      this.#done = this.#done.then(() => this.#writeBuffer(part, position, length));
      return;
    }
    const { bytes } = this;
    this.#done = this.#done.then(() => this.#writeBuffer(bytes, position, length));
    this.bytes = this.#spare.pop() ?? new Uint8Array(BUFFER_SIZE);
    this.view = new DataView(this.bytes.buffer);
  }

  async #writeBuffer(
    bytes: Uint8Array<ArrayBuffer>,
    position: number,
    length: number,
  ): Promise<void> {
    try {
      if (this.#failure === undefined) {
        if (this.#position !== position) this.#file.seekSync(position, Deno.SeekMode.Start);
        await writeAll(this.#file, bytes.subarray(0, length));
        this.#position = position + length;
      }
    } catch (cause) {
      this.#failure = writeError(this.#path, cause);
    }
    const isBuffer = bytes.length === BUFFER_SIZE;
    if (isBuffer && this.#spare.length < MAX_WAITING) this.#spare.push(bytes);
    if (--this.#waiting >= MAX_WAITING) return;
    if (this.#failure === undefined) this.#room?.resolve();
    else this.#room?.reject(this.#failure);
    this.#room = undefined;
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
