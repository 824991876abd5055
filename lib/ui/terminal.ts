import { EscapeFilter } from "./escape_filter.ts";
import { print } from "./print.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** The person's side of a console, as {@linkcode attachTerminal} takes it. */
export interface TerminalStreams {
  /** What is typed, or piped in. */
  readonly stdin: {
    readonly readable: ReadableStream<Bytes>;
    isTerminal(): boolean;
    setRaw(raw: boolean): void;
  };
  /** Where the guest's output goes. */
  readonly stdout: { writeSync(data: Uint8Array): number };
}

/** This process's own side. */
const OWN_STREAMS: TerminalStreams = {
  stdin: {
    get readable() {
      return Deno.stdin.readable;
    },
    isTerminal: () => Deno.stdin.isTerminal(),
    setRaw: (raw) => {
      Deno.stdin.setRaw(raw);
      // Deno leaves the output's processing on, which would turn each line feed of the guest into two characters. With
      // the raw mode it goes back to what it was, too.
      if (raw) new Deno.Command("stty", { args: ["-opost"], stdin: "inherit" }).outputSync();
    },
  },
  stdout: Deno.stdout,
};

/** What {@linkcode attachTerminal} takes beside the console. */
export interface AttachOptions {
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Sees all that the guest prints, before the person does. */
  readonly onOutput?: (bytes: Bytes) => void;
  /** The person's side; the process's own where absent. */
  readonly streams?: TerminalStreams;
}

/**
 * Connects the terminal and a guest's console until the guest's output ends (`"ended"`), `Ctrl-] q` is typed (`"quit"`)
 * or the signal aborts (`"aborted"`). A terminal is in raw mode meanwhile (`Ctrl-C` is the guest's), and restored
 * whatever happens. Where standard input is not a terminal, its end is not the end, and no more is that it cannot be
 * read: the guest goes on.
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
      // A guest that went away is told by its output.
      const written = bytes.length > 0 ? writer.write(bytes).catch(() => {}) : undefined;
      if (quit) return ending.resolve("quit");
      // What is typed is little; and who types must get out, whether the guest reads or not.
      if (!raw) await written;
    }
  }
}
