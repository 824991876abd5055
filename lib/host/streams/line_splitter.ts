/** Cuts bytes that come in pieces into lines of text. Memory does not grow with a line that never ends. */
export class LineSplitter {
  readonly #maxLength: number;
  readonly #decoder = new TextDecoder();
  #rest = "";

  /**
   * Begins with the first line.
   *
   * @param maxLength How many characters of a line are kept; the rest of a longer one is dropped.
   */
  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  /**
   * Takes the next bytes.
   *
   * @param bytes As they came, cut anywhere.
   * @returns The lines that end in them, without their line feeds.
   */
  push(bytes: Uint8Array): string[] {
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split("\n")
      .map((line) => line.slice(0, this.#maxLength));
    this.#rest = lines.pop() ?? "";
    return lines;
  }
}
