/**
 * A shell stays between us and the program. It holds the reading end of a pipe whose writing end is ours: when that
 * is closed, by us or by the kernel because we were killed, the program is killed too. Signals other than SIGKILL do
 * not disturb the shell, and the program, which gets no end of the pipe, sets its own handlers.
 */
const GUARD = `
trap '' HUP INT TERM
exec 3<&0
"$@" 3<&- </dev/null &
program=$!
{ read -r _ <&3; kill -9 "$program"; } >/dev/null 2>&1 &
guard=$!
exec 3<&-
wait "$program"
status=$?
kill -9 "$guard"
wait "$guard" 2>/dev/null
exit "$status"
`;

/** How much of what the program said last is kept, in bytes: enough for any message, however long it has run. */
const TAIL_SIZE = 4096;

/** A status above this is that of a program that was ended by a signal, as every shell reports it. */
const SIGNAL_STATUS = 128;

/** How a program ended. */
export interface ProcessEnd {
  /** Its exit status; for a signal 128 and the signal's number. */
  readonly status: number;
  /** What it wrote last to its standard error. */
  readonly stderr: string;
}

/**
 * A program that cannot outlive us, not even when we are killed with SIGKILL, on every system with a POSIX shell. It
 * is in a process group of its own: a Ctrl-C on our terminal does not reach it.
 */
export class GuardedProcess {
  /** Settles, and never rejects, when the program has ended and nothing of it is left. */
  readonly ended: Promise<ProcessEnd>;
  readonly #stdin: WritableStream<Uint8Array<ArrayBuffer>>;
  #closing: Promise<void> | undefined;

  /**
   * Starts a program, with nothing to read and its standard output thrown away.
   *
   * @param program Its path.
   * @param args Its arguments.
   */
  constructor(program: string, args: readonly string[]) {
    const child = new Deno.Command("/bin/sh", {
      args: ["-c", GUARD, "snapvm-guard", program, ...args],
      stdin: "piped",
      stdout: "null",
      stderr: "piped",
      detached: true,
    }).spawn();
    this.#stdin = child.stdin;
    this.ended = this.#end(child);
  }

  /** Kills the program at once. It is gone when {@linkcode GuardedProcess.ended} settles. */
  kill(): void {
    this.#closing ??= this.#stdin.close().catch(() => {});
  }

  async #end(child: Deno.ChildProcess): Promise<ProcessEnd> {
    const tail = readTail(child.stderr);
    const { code } = await child.status;
    // Where the shell itself was killed the program still runs: this ends it, and with it its standard error.
    this.kill();
    await this.#closing;
    return { status: code, stderr: await tail };
  }
}

/**
 * How a program ended, in words: its last message, else its status.
 *
 * @param end How it ended.
 * @returns One line or a few.
 */
export function describeProcessEnd({ status, stderr }: ProcessEnd): string {
  if (stderr !== "") return stderr;
  return status > SIGNAL_STATUS
    ? `it was ended by signal ${status - SIGNAL_STATUS}`
    : `it ended with status ${status}`;
}

async function readTail(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  let tail = new Uint8Array();
  for await (const chunk of stream) {
    const both = new Uint8Array(tail.length + chunk.length);
    both.set(tail);
    both.set(chunk, tail.length);
    tail = both.slice(-TAIL_SIZE);
  }
  return new TextDecoder().decode(tail).trim();
}
