import stripAnsi from "strip-ansi";
import { Tail, unwritable, writeAllSync } from "../../host/mod.ts";
import { ExitStatus, withStatus } from "../../ui/mod.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const TAIL_SIZE = 16384;
const TAIL_LINES = 15;
/** What a panicking kernel says first. The lines before it say more than the trace after it. */
const PANIC = "Kernel panic - not syncing";
const LINES_BEFORE_PANIC = 10;

/** Keeps what a guest prints on its console: all of it in a file if one is wanted, and the end for a message. */
export class ConsoleLog implements Disposable {
  readonly #path: string;
  #file: Deno.FsFile | undefined;
  readonly #tail = new Tail(TAIL_SIZE);

  private constructor(path = "", file?: Deno.FsFile) {
    this.#path = path;
    this.#file = file;
  }

  /** Begins a log. The file `path`, if there is one, is made or replaced. */
  static async open(path: string | undefined): Promise<ConsoleLog> {
    if (path === undefined) return new ConsoleLog();
    try {
      const file = await Deno.open(path, { write: true, create: true, truncate: true });
      return new ConsoleLog(path, file);
    } catch (cause) {
      throw withStatus(unwritable(path, cause, `the console log ${path}`), ExitStatus.notStarted);
    }
  }

  /** Adds what the guest printed. Throws a `SnapvmError` (`unwritable`) if the file cannot take it. */
  write(bytes: Bytes): void {
    try {
      if (this.#file !== undefined) writeAllSync(this.#file, bytes);
    } catch (cause) {
      throw unwritable(this.#path, cause, `the console log ${this.#path}`);
    }
    this.#tail.push(bytes);
  }

  /**
   * The last lines, or those around a panic, without escape sequences and empty lines, each indented; empty if there
   * are none.
   */
  tail(): string {
    const text = stripAnsi(new TextDecoder().decode(this.#tail.bytes));
    const lines = text.split(/[\r\n]+/).filter((line) => line.trim() !== "");
    const panic = lines.findLastIndex((line) => line.includes(PANIC));
    const first = panic < 0 ? lines.length - TAIL_LINES : panic - LINES_BEFORE_PANIC;
    return lines.slice(Math.max(0, first)).slice(0, TAIL_LINES).map((line) => `  | ${line}`)
      .join("\n");
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file?.close();
    this.#file = undefined;
  }
}
