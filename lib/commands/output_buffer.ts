import { print, type SyncWriter } from "../ui/mod.ts";

/** How many bytes are written at once. */
const SIZE = 1 << 16;

/** How many characters are encoded at once: encoding a line by itself costs more than making it. */
const TEXT_SIZE = 1 << 12;

const encoder = new TextEncoder();

/**
 * Gathers text and writes it in large pieces, because a write for each line costs more than the line.
 *
 * Most of it waits as bytes: that much text would need far more memory.
 */
export class OutputBuffer implements Disposable {
  #text = "";
  #bytes = new Uint8Array(SIZE);
  #length = 0;
  #target: SyncWriter;

  /** Writes to `target`. */
  constructor(target: SyncWriter = Deno.stdout) {
    this.#target = target;
  }

  /** Adds `text`. */
  write(text: string): void {
    this.#text += text;
    if (this.#text.length >= TEXT_SIZE) this.#encode();
  }

  /** Writes what was gathered. */
  flush(): void {
    this.#encode();
    this.#writeBytes();
  }

  /** The same as {@linkcode OutputBuffer.flush}. */
  [Symbol.dispose](): void {
    this.flush();
  }

  #encode(): void {
    let rest = this.#text;
    this.#text = "";
    while (rest !== "") {
      const { read, written } = encoder.encodeInto(rest, this.#bytes.subarray(this.#length));
      this.#length += written;
      rest = rest.slice(read);
      if (rest !== "") this.#writeBytes();
    }
  }

  #writeBytes(): void {
    const bytes = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    print(bytes, this.#target);
  }
}
