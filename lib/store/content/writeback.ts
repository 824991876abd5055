/** After so many bytes the disk begins to write them. */
const STEP = 1 << 25;

/**
 * Lets the system write a growing file to its disk from time to time, so that there is little left to wait for when it
 * is whole. A failure shows when the file itself is synced.
 */
export class Writeback implements AsyncDisposable {
  /** Another handle than the writer's: what is done on one handle waits for each other. */
  readonly #file: Deno.FsFile;
  #size = 0;
  #running: Promise<void> | undefined;

  private constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  /** Begins for the file at `path`. */
  static async open(path: string): Promise<Writeback> {
    return new Writeback(await Deno.open(path));
  }

  /** So many bytes more were written. */
  add(size: number): void {
    this.#size += size;
    if (this.#size < STEP || this.#running !== undefined) return;
    this.#size = 0;
    this.#running = this.#file.syncData().catch(() => {}).finally(() => {
      this.#running = undefined;
    });
  }

  /** Ends when the system is done. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running;
    this.#file.close();
  }
}
