import type { Transform } from "node:stream";
import { decompressionFailed } from "./decompression_failed.ts";

/** A stream of Node's zlib. */
interface ZlibStream extends Transform {
  readonly bytesWritten: number;
}

/**
 * One of Node's zlib streams, driven step by step: a piece of input, then all the output that came of it.
 *
 * Piping would lose what follows the compressed stream, and the memory of a piece may be overwritten after its step.
 */
export class ZlibSteps {
  readonly #stream: ZlibStream;
  readonly #format: string;
  readonly #name: string;
  readonly #ended: Promise<void>;
  #output: Uint8Array<ArrayBuffer>[] = [];

  /**
   * Takes a new stream.
   *
   * @param stream Nobody else may read it.
   * @param format The format of its input, for errors.
   * @param name The name of the file that the input is from, for errors.
   */
  constructor(stream: ZlibStream, format: string, name: string) {
    this.#stream = stream;
    this.#format = format;
    this.#name = name;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    stream.on("data", (chunk: Uint8Array<ArrayBuffer>) => this.#output.push(chunk));
    stream.on("end", resolve);
    stream.on("error", reject);
    this.#ended = promise;
    // A failure between two steps is not unhandled: the next step throws it.
    promise.catch(() => {});
  }

  /** How much of its input the stream has used: less than all of it means that the compressed data ended there. */
  get used(): number {
    return this.#stream.bytesWritten;
  }

  /**
   * Gives the stream a piece of input.
   *
   * @param bytes The input; its memory is free again afterwards.
   * @throws {SnapvmError} `decompression-failed` if the input is damaged.
   */
  async write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const written = new Promise<void>((resolve) => this.#stream.write(bytes, () => resolve()));
    await this.#orFailure(written);
  }

  /**
   * Tells the stream that there is no more input, and waits for the last output.
   *
   * @throws {SnapvmError} `decompression-failed` if the compressed data has no end yet.
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
      throw decompressionFailed(
        this.#name,
        `its ${this.#format} data is damaged or cut short`,
        cause,
      );
    }
  }
}
