import { print, type SyncWriter } from "../ui/mod.ts";

const SIZE = 1 << 16;

const encoder = new TextEncoder();

/**
 * Gathers text, and writes it in large pieces: a write for each line costs more than the line. It is gathered as bytes,
 * because pieces of text that wait make the memory of the whole program grow.
 */
export class OutputBuffer implements Disposable {
  #bytes = new Uint8Array(SIZE);
  #length = 0;
  #target: SyncWriter;

  /** Output goes to `target`. */
  constructor(target: SyncWriter = Deno.stdout) {
    this.#target = target;
  }

  /** Adds `text`. */
  write(text: string): void {
    for (let rest = text; rest !== "";) {
      const { read, written } = encoder.encodeInto(rest, this.#bytes.subarray(this.#length));
      this.#length += written;
      rest = rest.slice(read);
      if (rest !== "") this.flush();
    }
  }

  /** Writes what was gathered. */
  flush(): void {
    const bytes = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    print(bytes, this.#target);
  }

  /** The same as {@linkcode OutputBuffer.flush}. */
  [Symbol.dispose](): void {
    this.flush();
  }
}
