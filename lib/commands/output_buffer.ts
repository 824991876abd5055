import { print, type SyncWriter } from "../ui/mod.ts";

const LIMIT = 1 << 16;

/** Gathers lines, and writes them in large pieces: a write for each line costs more than the line. */
export class OutputBuffer implements Disposable {
  #text = "";
  #target: SyncWriter;

  /** Output goes to `target`. */
  constructor(target: SyncWriter = Deno.stdout) {
    this.#target = target;
  }

  /** Adds `text`. */
  write(text: string): void {
    this.#text += text;
    if (this.#text.length >= LIMIT) this.flush();
  }

  /** Writes what was gathered. */
  flush(): void {
    const text = this.#text;
    this.#text = "";
    print(text, this.#target);
  }

  /** The same as {@linkcode OutputBuffer.flush}. */
  [Symbol.dispose](): void {
    this.flush();
  }
}
