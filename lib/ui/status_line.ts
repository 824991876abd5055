import { isDecorated } from "./paint.ts";

const REFRESH_MS = 1000;

/**
 * A line on standard error that says what is going on and for how long, if that is a terminal that shows decoration.
 * Call {@linkcode StatusLine.clear} before printing anything else.
 */
export class StatusLine implements Disposable {
  #shown = false;
  #text = "";
  #since = 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  #enabled = isDecorated(Deno.stderr);

  /** Shows a text instead of the last one. */
  show(text: string): void {
    if (!this.#enabled) return;
    this.#text = text;
    this.#since = performance.now();
    this.#draw();
    this.#timer ??= setInterval(() => this.#draw(), REFRESH_MS);
  }

  /** Removes the line. */
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
    // Nobody reads a status line on a terminal that has gone.
  }
}
