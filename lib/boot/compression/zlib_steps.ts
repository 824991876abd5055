import type { Transform } from "node:stream";
import { DecompressionFailed } from "./decompression_failed.ts";

/** What Node's zlib streams have beyond a `Transform`. */
interface ZlibStream extends Transform {
  readonly bytesWritten: number;
}

/**
 * One of Node's zlib streams, driven step by step: a piece of input, then all of the output that it made.
 *
 * Piping would lose what follows the compressed stream, and the memory of a piece may be used again after its step.
 */
export class ZlibSteps {
  readonly #stream: ZlibStream;
  readonly #format: string;
  readonly #ended: Promise<void>;
  #output: Uint8Array<ArrayBuffer>[] = [];

  /**
   * @param stream A new stream that nobody else reads.
   * @param format What its input is called in errors.
   */
  constructor(stream: ZlibStream, format: string) {
    this.#stream = stream;
    this.#format = format;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    stream.on("data", (chunk: Uint8Array<ArrayBuffer>) => this.#output.push(chunk));
    stream.on("end", resolve);
    stream.on("error", reject);
    this.#ended = promise;
    // Whoever awaits a step sees the failure; between two steps nobody has to.
    promise.catch(() => {});
  }

  /** How much of the input the stream has used; less than it was given means that its format ended there. */
  get used(): number {
    return this.#stream.bytesWritten;
  }

  /**
   * Gives it a piece of input.
   *
   * @throws {DecompressionFailed} If the input is damaged.
   */
  async write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const written = new Promise<void>((resolve) => this.#stream.write(bytes, () => resolve()));
    await this.#orFailure(written);
  }

  /**
   * Tells it that there is no more input, and waits for the last output.
   *
   * @throws {DecompressionFailed} If there should be more.
   */
  async end(): Promise<void> {
    this.#stream.end();
    await this.#orFailure(this.#ended);
  }

  /** The output since the last call. */
  takeOutput(): Uint8Array<ArrayBuffer>[] {
    const output = this.#output;
    this.#output = [];
    return output;
  }

  /** Frees the stream's memory. */
  [Symbol.dispose](): void {
    this.#stream.destroy();
  }

  async #orFailure(step: Promise<void>): Promise<void> {
    try {
      await Promise.race([step, this.#ended]);
    } catch (cause) {
      throw new DecompressionFailed(`its ${this.#format} data is damaged or cut short`, { cause });
    }
  }
}
