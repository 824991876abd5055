import { Tail } from "./streams/tail.ts";

/**
 * A shell stays between us and the program. It holds the reading end of a pipe whose writing end is ours: when that
 * is closed, by us or by the kernel because we were killed, the program is killed too. Signals other than SIGKILL do
 * not disturb the shell, and the program, which gets no end of the pipe, sets its own handlers. The standard error is
 * the program's alone: a shell would write there what became of it.
 */
const GUARD = (stdin: string) => `
input=$1
shift
trap '' HUP INT TERM
exec 3<&0 4>&2 2>/dev/null
"$@" 2>&4 3<&- 4>&- ${stdin}
program=$!
{ read -r _ <&3; kill -9 "$program"; } 4>&- &
guard=$!
exec 3<&- 4>&-
wait "$program"
status=$?
kill -9 "$guard"
wait "$guard"
exit "$status"
`;
const WITHOUT_INPUT = GUARD("</dev/null &");
const WITH_INPUT = GUARD("<<end_of_input &\n$input\nend_of_input");

/** How much of what the program said last is kept, in bytes: enough for any message, however long it has run. */
const STDERR_TAIL_SIZE = 4096;

/**
 * How long to wait for the rest of the standard error once the program has ended, in milliseconds. It is there at once,
 * unless a child of the program lives on and holds the pipe.
 */
const STDERR_TIMEOUT_MS = 500;

/** How a program ended. */
export interface ProcessEnd {
  /** Its exit status; for a signal 128 and the signal's number. */
  readonly status: number;
  /** What it wrote last to its standard error. */
  readonly stderr: string;
}

/** Options for {@linkcode GuardedProcess}. */
export interface GuardedProcessOptions {
  /** What becomes of its standard output (default: it is thrown away). */
  readonly stdout?: "null" | "piped";
  /** A line for its standard input (default: nothing). Other users can see it in the list of processes. */
  readonly input?: string;
}

/**
 * A program that cannot outlive us, not even when we are killed with SIGKILL, on every system with a POSIX shell. It
 * is in a process group of its own: a Ctrl-C on our terminal does not reach it.
 */
export class GuardedProcess {
  /** Settles, and never rejects, when the program has ended and nothing of it is left. */
  readonly ended: Promise<ProcessEnd>;
  /** Its standard output, if it is piped. It has to be read or cancelled. */
  readonly stdout: ReadableStream<Uint8Array<ArrayBuffer>> | undefined;
  readonly #stdin: WritableStream<Uint8Array<ArrayBuffer>>;
  #closing: Promise<void> | undefined;

  /**
   * Starts a program, with nothing to read unless there is input for it.
   *
   * @param program Its path.
   * @param args Its arguments.
   * @param options What it reads, and what becomes of its output.
   */
  constructor(
    program: string,
    args: readonly string[],
    { stdout = "null", input }: GuardedProcessOptions = {},
  ) {
    const child = new Deno.Command("/bin/sh", {
      args: [
        "-c",
        input === undefined ? WITHOUT_INPUT : WITH_INPUT,
        "snapvm-guard",
        input ?? "",
        program,
        ...args,
      ],
      stdin: "piped",
      stdout,
      stderr: "piped",
      detached: true,
    }).spawn();
    this.stdout = stdout === "piped" ? child.stdout : undefined;
    this.#stdin = child.stdin;
    this.ended = this.#end(child);
  }

  /** Kills the program at once. It is gone when {@linkcode GuardedProcess.ended} settles. */
  kill(): void {
    this.#closing ??= this.#stdin.close().catch(() => {});
  }

  async #end(child: Deno.ChildProcess): Promise<ProcessEnd> {
    const reader = child.stderr.getReader();
    const tail = readTail(reader);
    const { code } = await child.status;
    // If the shell itself was killed, the program still runs: this ends it, and with it its standard error.
    this.kill();
    await this.#closing;
    const timer = setTimeout(() => void reader.cancel(), STDERR_TIMEOUT_MS);
    const stderr = await tail;
    clearTimeout(timer);
    return { status: code, stderr };
  }
}

async function readTail(
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
): Promise<string> {
  const tail = new Tail(STDERR_TAIL_SIZE);
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return new TextDecoder().decode(tail.bytes).trim();
    tail.push(value);
  }
}
