import { isDecorated } from "./paint.ts";

const REFRESH = 1000;

/**
 * One line on standard error that says what is going on, and for how long; only on a terminal that shows decoration.
 * Anything else that is printed has to come after {@linkcode StatusLine.clear}.
 */
export class StatusLine implements Disposable {
  #shown = false;
  #text = "";
  #since = 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  #enabled = isDecorated(Deno.stderr);

  /** Shows `text` in the place of what stood there. */
  show(text: string): void {
    if (!this.#enabled) return;
    this.#text = text;
    this.#since = performance.now();
    this.#draw();
    this.#timer ??= setInterval(() => this.#draw(), REFRESH);
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#timer !== undefined) clearInterval(this.#timer);
    this.#timer = undefined;
    if (this.#shown) write("\r\x1b[K");
    this.#shown = false;
  }

  /** The same as {@linkcode StatusLine.clear}. */
  [Symbol.dispose](): void {
    this.clear();
  }

  #draw(): void {
    const seconds = Math.floor((performance.now() - this.#since) / 1000);
    write(`\r\x1b[K${this.#text}${seconds > 0 ? ` (${seconds} s)` : ""}`);
    this.#shown = true;
  }
}

function write(text: string): void {
  try {
    Deno.stderr.writeSync(new TextEncoder().encode(text));
  } catch {
    // A terminal that went away has nobody to read a status line.
  }
}
