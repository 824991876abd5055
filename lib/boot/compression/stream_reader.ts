/**
 * Reads chunks as one sequence of bytes, forwards only: look ahead, skip, take.
 *
 * The chunks may share their memory, so what a method returns is valid until the next call.
 */
export class StreamReader {
  readonly #chunks: AsyncIterator<Uint8Array<ArrayBuffer>>;
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #atEnd = false;
  #position = 0;

  /**
   * Reads nothing yet.
   *
   * @param chunks The bytes. The reader uses up their iterator, or ends it in {@linkcode StreamReader.close}.
   */
  constructor(chunks: AsyncIterable<Uint8Array<ArrayBuffer>>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** How many bytes were passed so far. */
  get position(): number {
    return this.#position;
  }

  /** The next bytes, as many as are in memory, without passing them; none at the end. */
  async available(): Promise<Uint8Array<ArrayBuffer>> {
    while (this.#bytes.length === 0 && !this.#atEnd) this.#bytes = await this.#next();
    return this.#bytes;
  }

  /**
   * The next bytes, without passing them.
   *
   * @param length How many.
   * @returns The bytes, fewer at the end.
   */
  async peek(length: number): Promise<Uint8Array<ArrayBuffer>> {
    // Most often one chunk is enough, and nothing has to be copied.
    await this.available();
    if (this.#bytes.length < length && !this.#atEnd) {
      const parts = [this.#bytes.slice()];
      let total = this.#bytes.length;
      while (total < length && !this.#atEnd) {
        const part = (await this.#next()).slice();
        parts.push(part);
        total += part.length;
      }
      this.#bytes = new Uint8Array(total);
      let offset = 0;
      for (const part of parts) {
        this.#bytes.set(part, offset);
        offset += part.length;
      }
    }
    return this.#bytes.subarray(0, length);
  }

  /**
   * Passes bytes that the last call returned.
   *
   * @param length How many.
   */
  advance(length: number): void {
    this.#bytes = this.#bytes.subarray(length);
    this.#position += length;
  }

  /**
   * Passes bytes.
   *
   * @param length How many.
   * @returns How many there were: fewer at the end.
   */
  async skip(length: number): Promise<number> {
    let left = length;
    while (left > 0) {
      const { length: count } = (await this.available()).subarray(0, left);
      if (count === 0) break;
      this.advance(count);
      left -= count;
    }
    return length - left;
  }

  /**
   * Takes bytes.
   *
   * @param length How many; default: up to the end.
   * @returns The bytes in chunks.
   */
  async *take(length = Infinity): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
    let left = length;
    while (left > 0) {
      const chunk = (await this.available()).subarray(0, left);
      if (chunk.length === 0) return;
      this.advance(chunk.length);
      left -= chunk.length;
      yield chunk;
    }
  }

  /** Ends the iterator of the chunks, so that their source can close. */
  async close(): Promise<void> {
    this.#bytes = new Uint8Array(0);
    this.#atEnd = true;
    await this.#chunks.return?.();
  }

  async #next(): Promise<Uint8Array<ArrayBuffer>> {
    const result = await this.#chunks.next();
    if (!result.done) return result.value;
    this.#atEnd = true;
    return new Uint8Array(0);
  }
}
