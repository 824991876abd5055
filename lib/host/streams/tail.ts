/** Keeps the last bytes of a stream. */
export class Tail {
  readonly #size: number;
  /** Twice the size, so that not every push has to move what is kept. */
  readonly #buffer: Uint8Array<ArrayBuffer>;
  #length = 0;

  /**
   * Begins with nothing.
   *
   * @param size How many bytes are kept.
   */
  constructor(size: number) {
    this.#size = size;
    this.#buffer = new Uint8Array(2 * size);
  }

  /**
   * Takes the next bytes.
   *
   * @param bytes As they came, cut anywhere.
   */
  push(bytes: Uint8Array): void {
    const kept = bytes.subarray(-this.#size);
    if (this.#length + kept.length > this.#buffer.length) {
      const start = Math.max(0, this.#length - this.#size);
      this.#buffer.copyWithin(0, start, this.#length);
      this.#length -= start;
    }
    this.#buffer.set(kept, this.#length);
    this.#length += kept.length;
  }

  /** The last bytes so far. The next push changes them. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(Math.max(0, this.#length - this.#size), this.#length);
  }
}
