import { print, type SyncWriter } from "./print.ts";

/** Ten times a second is smooth for people, and costs nothing. */
const REDRAW_MS = 100;
/** The size of a terminal that does not say its own. */
const DEFAULT_SIZE = { columns: 80, rows: 24 };

/** Where lines are drawn. */
export interface LiveTarget extends SyncWriter {
  /** Whether it is a terminal. */
  isTerminal(): boolean;
}

/** What {@linkcode LiveLines} takes besides the lines; for tests. */
export interface LiveLinesOptions {
  /** Where to draw (default: standard error). */
  readonly target?: LiveTarget;
  /** The size of the terminal (default: what it says itself). */
  readonly size?: () => { readonly columns: number; readonly rows: number };
}

/**
 * A few lines at the end of a terminal that are drawn again while something goes on, at most ten times a second and never
 * wider or higher than the terminal. Call {@linkcode LiveLines.clear} before printing anything else.
 */
export class LiveLines implements Disposable {
  readonly #lines: (columns: number) => readonly string[];
  readonly #target: LiveTarget;
  readonly #size: () => { readonly columns: number; readonly rows: number };
  #drawn: readonly string[] = [];
  #timer: ReturnType<typeof setInterval> | undefined;

  /** `lines` makes the lines, each at most `columns` wide, whenever they are drawn. */
  constructor(
    lines: (columns: number) => readonly string[],
    { target = Deno.stderr, size = terminalSize }: LiveLinesOptions = {},
  ) {
    this.#lines = lines;
    this.#target = target;
    this.#size = size;
  }

  /** Whether such lines can be shown on standard error: it is a terminal that understands more than plain text. */
  static get areShown(): boolean {
    // NO_COLOR asks for no colours; a line that moves is none.
    return Deno.stderr.isTerminal() && Deno.env.get("TERM") !== "dumb";
  }

  /** Draws the lines now, and again and again from now on. */
  start(): void {
    if (this.#timer !== undefined) return;
    this.draw();
    this.#timer = setInterval(() => this.draw(), REDRAW_MS);
    // Nothing is to wait for a picture.
    Deno.unrefTimer(this.#timer);
  }

  /** Draws the lines over those that were drawn before. */
  draw(): void {
    const { columns, rows } = this.#size();
    // A cursor behind the last column is in the next line on some terminals and not on others.
    const lines = this.#lines(columns - 1).slice(0, Math.max(1, rows - 1));
    // One write for all: a terminal shows nothing between.
    this.#write(
      this.#home(columns) + lines.map((line) => `${line}\x1b[K\n`).join("") + "\x1b[J",
    );
    this.#drawn = lines;
  }

  /** Removes the lines. */
  clear(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (this.#drawn.length > 0) this.#write(`${this.#home(this.#size().columns)}\x1b[J`);
    this.#drawn = [];
  }

  /** The same as {@linkcode LiveLines.clear}. */
  [Symbol.dispose](): void {
    this.clear();
  }

  /** Goes to where the lines begin. A terminal that has become narrower has broken them into more. */
  #home(columns: number): string {
    const rows = this.#drawn.reduce(
      (sum, line) => sum + Math.max(1, Math.ceil(visibleLength(line) / columns)),
      0,
    );
    return rows > 0 ? `\x1b[${rows}A\r` : "\r";
  }

  #write(text: string): void {
    try {
      print(text, this.#target);
    } catch {
      // Nobody looks at a terminal that has gone. The work goes on.
    }
  }
}

/** The length of a line without the colours that `paint()` gives. */
function visibleLength(line: string): number {
  // deno-lint-ignore no-control-regex
  return line.replaceAll(/\x1b\[\d+m/g, "").length;
}

function terminalSize(): { columns: number; rows: number } {
  try {
    const { columns, rows } = Deno.consoleSize();
    // A serial line has no size.
    if (columns > 0 && rows > 0) return { columns, rows };
  } catch {
    // Neither has a terminal that has gone.
  }
  return DEFAULT_SIZE;
}
