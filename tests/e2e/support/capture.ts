import { Buffer } from "node:buffer";

type Bytes = Uint8Array<ArrayBuffer>;

/** How much of what came instead a message tells, in characters. */
const LAST_LENGTH = 2000;

/** Gathers a stream, and waits for what comes in it. */
export class Capture {
  /** Settles when the stream has ended, or nobody wants more of it. */
  readonly ended: Promise<void>;
  readonly #name: string;
  readonly #reader: ReadableStreamDefaultReader<Bytes>;
  #chunks: Bytes[] = [];
  #more = Promise.withResolvers<void>();
  #isOver = false;

  /** Begins to read `source`; `name` is for messages. */
  constructor(name: string, source: ReadableStream<Bytes>) {
    this.#name = name;
    this.#reader = source.getReader();
    this.ended = this.#read();
  }

  /** All that has come so far. */
  get bytes(): Buffer<ArrayBuffer> {
    return Buffer.concat(this.#chunks);
  }

  /** The same as text. */
  get text(): string {
    return this.bytes.toString();
  }

  /** Waits until `text` has come; an end without it is an error that tells what came last. */
  async until(text: string): Promise<void> {
    while (!this.text.includes(text)) {
      if (this.#isOver) {
        const last = this.text.slice(-LAST_LENGTH);
        throw new Error(`No ${JSON.stringify(text)} came on ${this.#name}; last came:\n${last}`);
      }
      await this.#more.promise;
    }
  }

  /** Stops reading, as a reader does that goes away. */
  async cancel(): Promise<void> {
    await this.#reader.cancel();
  }

  async #read(): Promise<void> {
    for (;;) {
      const { done, value } = await this.#reader.read();
      if (done) this.#isOver = true;
      else this.#chunks.push(value);
      this.#more.resolve();
      this.#more = Promise.withResolvers();
      if (done) return;
    }
  }
}
