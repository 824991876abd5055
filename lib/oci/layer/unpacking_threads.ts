import type { Compression } from "./decompress.ts";
import { UnpackingThread } from "./unpacking_thread.ts";

type Piece = Uint8Array<ArrayBuffer>;

/** Threads that unpack layers, as many as are needed at a time. */
export class UnpackingThreads {
  readonly #all: UnpackingThread[] = [];
  readonly #idle: UnpackingThread[] = [];

  /**
   * Unpacks in another thread, ahead of the reader by some MiB.
   *
   * @param input The compressed bytes.
   * @param compression How they are compressed.
   * @param signal Ends the unpacking with its reason.
   * @returns Pieces whose memory is theirs alone.
   * @throws {LayerFault} If the input is damaged or cut short; whatever the input throws.
   */
  async *decompress(
    input: AsyncIterable<Piece>,
    compression: Exclude<Compression, "none">,
    signal: AbortSignal,
  ): AsyncGenerator<Piece, void> {
    const thread = this.#idle.pop() ?? this.#start();
    yield* thread.decompress(input, compression, signal);
    // Of one that was not read to its end, something may still be under way.
    this.#idle.push(thread);
  }

  /** Ends them. */
  [Symbol.dispose](): void {
    for (const thread of this.#all) thread[Symbol.dispose]();
  }

  #start(): UnpackingThread {
    const thread = new UnpackingThread();
    this.#all.push(thread);
    return thread;
  }
}
