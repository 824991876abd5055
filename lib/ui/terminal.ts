import { EscapeFilter } from "./escape_filter.ts";
import { print } from "./print.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** The user's side of a console. */
export interface TerminalStreams {
  /** Typed or piped input. */
  readonly stdin: {
    readonly readable: ReadableStream<Bytes>;
    isTerminal(): boolean;
    setRaw(raw: boolean): void;
  };
  /** The destination of the guest's output. */
  readonly stdout: { writeSync(data: Uint8Array): number };
}

/** The streams of this process. */
const OWN_STREAMS: TerminalStreams = {
  stdin: {
    get readable() {
      return Deno.stdin.readable;
    },
    isTerminal: () => Deno.stdin.isTerminal(),
    setRaw: (raw) => {
      Deno.stdin.setRaw(raw);
      // Deno leaves output processing on, which turns each line feed of the guest into two characters. Leaving raw mode
      // restores it too.
      if (raw) new Deno.Command("stty", { args: ["-opost"], stdin: "inherit" }).outputSync();
    },
  },
  stdout: Deno.stdout,
};

/** The size of a terminal, in characters. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** The size of this process's terminal; `undefined` if it has none. */
export function terminalSize(): TerminalSize | undefined {
  try {
    const { columns, rows } = Deno.consoleSize();
    // Some terminals do not know theirs.
    return columns > 0 && rows > 0 ? { columns, rows } : undefined;
  } catch {
    return undefined;
  }
}

/** Options for {@linkcode attachTerminal}. */
export interface AttachOptions {
  /** Detaches the terminal. */
  readonly signal: AbortSignal;
  /** Is called with the guest's output before it is shown. */
  readonly onOutput?: (bytes: Bytes) => void;
  /** Whether `Ctrl-] q` quits. Default: true. */
  readonly escapes?: boolean;
  /** Is called with the terminal's size whenever it changes. */
  readonly onResize?: (size: TerminalSize) => void;
  /** The user's side (default: the streams of this process). */
  readonly streams?: TerminalStreams;
}

/**
 * Connects the terminal to one in a guest, its console or a command's, until that one's output ends (`"ended"`),
 * `Ctrl-] q` is typed (`"quit"`) or the signal aborts (`"aborted"`). Meanwhile the terminal is in raw mode (`Ctrl-C` goes to the guest); it is
 * restored whatever happens. If standard input is not a terminal, the guest goes on when the input ends or cannot be
 * read.
 */
export async function attachTerminal(
  console: ReadableWritablePair<Bytes, Bytes>,
  { signal, onOutput, escapes = true, onResize, streams = OWN_STREAMS }: AttachOptions,
): Promise<"ended" | "quit" | "aborted"> {
  const raw = streams.stdin.isTerminal();
  const ending = Promise.withResolvers<"ended" | "quit" | "aborted">();
  const abort = () => ending.resolve("aborted");
  const resize = () => {
    const size = terminalSize();
    if (size !== undefined) onResize?.(size);
  };
  if (onResize !== undefined) Deno.addSignalListener("SIGWINCH", resize);
  signal.addEventListener("abort", abort);
  if (signal.aborted) abort();
  try {
    if (raw) streams.stdin.setRaw(true);
    void showOutput(console.readable).then(() => ending.resolve("ended"), ending.reject);
    void typeInput(console.writable).catch((error) => raw && ending.reject(error));
    return await ending.promise;
  } finally {
    if (raw) streams.stdin.setRaw(false);
    if (onResize !== undefined) Deno.removeSignalListener("SIGWINCH", resize);
    signal.removeEventListener("abort", abort);
  }

  async function showOutput(output: ReadableStream<Bytes>): Promise<void> {
    for await (const bytes of output) {
      onOutput?.(bytes);
      print(bytes, streams.stdout);
    }
  }

  async function typeInput(input: WritableStream<Bytes>): Promise<void> {
    const filter = new EscapeFilter();
    const writer = input.getWriter();
    for await (const typed of streams.stdin.readable) {
      const { bytes, quit } = raw && escapes ? filter.push(typed) : { bytes: typed, quit: false };
      // The end of the output shows that the guest has gone.
      const written = bytes.length > 0 ? writer.write(bytes).catch(() => {}) : undefined;
      if (quit) return ending.resolve("quit");
      // People type little, and must be able to quit whether the guest reads or not.
      if (!raw) await written;
    }
  }
}
