/** How much is read at once, in bytes. */
const READ_SIZE = 1 << 18;

/**
 * A blob's file while it is being written, for those who read it in the same process: they wait at its end for more. It
 * may move to another folder meanwhile.
 */
export class GrowingFile {
  #path: string | undefined;
  #size = 0;
  #state: "growing" | "whole" | { readonly error: unknown } = "growing";
  #isRestarted = false;
  #change = Promise.withResolvers<void>();

  /** Whether what was read of it before may not be its bytes. */
  get isRestarted(): boolean {
    return this.#isRestarted;
  }

  /** The file is at `path`, and has `size` bytes. */
  grow(path: string, size: number): void {
    this.#path = path;
    this.#size = size;
    this.#wake();
  }

  /** The file is whole, at `path`. */
  finish(path: string, size: number): void {
    if (this.#state !== "growing") return;
    this.#path = path;
    this.#size = size;
    this.#state = "whole";
    this.#wake();
  }

  /** There will be no more bytes. */
  fail(error: unknown): void {
    if (this.#state !== "growing") return;
    this.#state = { error };
    this.#wake();
  }

  /** The file begins again: what readers have of it is not to be trusted. */
  restart(): void {
    this.#isRestarted = true;
  }

  /** Reads it from its start to its end, as fast as it grows. */
  async *read(): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
    using file = await this.#open();
    for (let offset = 0;;) {
      if (offset < this.#size) {
        const bytes = new Uint8Array(Math.min(READ_SIZE, this.#size - offset));
        const count = await file.read(bytes);
        if (count === null) {
          throw new Error("Cannot read a blob to its end: its file was cut short");
        }
        offset += count;
        yield bytes.subarray(0, count);
      } else if (this.#state === "whole") {
        return;
      } else if (typeof this.#state === "object") {
        throw this.#state.error;
      } else {
        await this.#change.promise;
      }
    }
  }

  /** Opens it as soon as it is there. It may be on its way to another place just now. */
  async #open(): Promise<Deno.FsFile> {
    for (;;) {
      const path = this.#path;
      if (typeof this.#state === "object") throw this.#state.error;
      const change = this.#change.promise;
      if (path === undefined) {
        await change;
        continue;
      }
      try {
        return await Deno.open(path);
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound) || this.#state === "whole") {
          if (path === this.#path) throw error;
        }
      }
      if (path === this.#path) await change;
    }
  }

  #wake(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }
}
