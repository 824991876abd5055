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

/** Options for {@linkcode attachTerminal}. */
export interface AttachOptions {
  /** Detaches the terminal. */
  readonly signal: AbortSignal;
  /** Is called with the guest's output before it is shown. */
  readonly onOutput?: (bytes: Bytes) => void;
  /** The user's side (default: the streams of this process). */
  readonly streams?: TerminalStreams;
}

/**
 * Connects the terminal to a guest's console until the guest's output ends (`"ended"`), `Ctrl-] q` is typed (`"quit"`)
 * or the signal aborts (`"aborted"`). Meanwhile the terminal is in raw mode (`Ctrl-C` goes to the guest); it is
 * restored whatever happens. If standard input is not a terminal, the guest goes on when the input ends or cannot be
 * read.
 */
export async function attachTerminal(
  console: ReadableWritablePair<Bytes, Bytes>,
  { signal, onOutput, streams = OWN_STREAMS }: AttachOptions,
): Promise<"ended" | "quit" | "aborted"> {
  const raw = streams.stdin.isTerminal();
  const ending = Promise.withResolvers<"ended" | "quit" | "aborted">();
  const abort = () => ending.resolve("aborted");
  signal.addEventListener("abort", abort);
  if (signal.aborted) abort();
  try {
    if (raw) streams.stdin.setRaw(true);
    void showOutput(console.readable).then(() => ending.resolve("ended"), ending.reject);
    void typeInput(console.writable).catch((error) => raw && ending.reject(error));
    return await ending.promise;
  } finally {
    if (raw) streams.stdin.setRaw(false);
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
      const { bytes, quit } = raw ? filter.push(typed) : { bytes: typed, quit: false };
      // The end of the output shows that the guest has gone.
      const written = bytes.length > 0 ? writer.write(bytes).catch(() => {}) : undefined;
      if (quit) return ending.resolve("quit");
      // People type little, and must be able to quit whether the guest reads or not.
      if (!raw) await written;
    }
  }
}
