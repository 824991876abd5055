import type { GuestProcess } from "../guest/mod.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** What a command has written, and how it ended. */
export interface CommandOutput {
  /** Its exit status: 128 + n if signal n killed it. */
  readonly status: number;
  /** All that it wrote to its standard output. */
  readonly stdout: Uint8Array<ArrayBuffer>;
  /** All that it wrote to its standard error. */
  readonly stderr: Uint8Array<ArrayBuffer>;
}

/** A command that runs in a guest, in the manner of `Deno.ChildProcess`. */
export interface RunningCommand {
  /** The command's input; closing it is the end of file. The command may never read it. */
  readonly stdin: WritableStream<Uint8Array<ArrayBuffer>>;
  /** Exactly what the command writes, or what its terminal shows. It must be read, or the command waits. */
  readonly stdout: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Exactly what the command writes to its error output. It must be read, or the command waits. */
  readonly stderr: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Settles when the command runs; rejects as `status` does if it never will. */
  readonly started: Promise<void>;
  /**
   * The exit status: 128 + n if signal n killed the command, and as with a shell 127 if there is no such program and 126
   * if it cannot be executed. Its output must be read to the end before it comes. Rejects with a `SnapvmError`
   * (`guest-failed`, `machine-ended`, `guest-refused`, `agent-protocol`) if the command cannot be started, or the guest
   * or its machine ends before the command does, and with the signal's reason if the launch's signal aborts.
   */
  readonly status: Promise<number>;
  /** Says how large the command's terminal is now. */
  resize(columns: number, rows: number): void;
  /** Sends the command a signal, by the number that it has in Linux; nothing before it has been started. */
  signal(number: number): void;
  /** Ends the input and gathers the output; for a command whose streams nobody has touched. */
  output(): Promise<CommandOutput>;
}

/**
 * A command that will be started in a guest: its streams are there before it is.
 *
 * @param process The process; rejects if it is never started.
 * @param status Its exit status.
 */
export function runningCommand(
  process: Promise<GuestProcess>,
  status: Promise<number>,
): RunningCommand {
  const started = process.then(({ started }) => started);
  started.catch(() => {});
  const stdin = laterWritable(process.then(({ stdin }) => stdin));
  const stdout = laterReadable(process.then(({ stdout }) => stdout));
  const stderr = laterReadable(process.then(({ stderr }) => stderr));
  const later = (act: (process: GuestProcess) => void) => void process.then(act, () => {});
  return {
    stdin,
    stdout,
    stderr,
    started,
    status,
    resize: (columns, rows) => later((process) => process.resize(columns, rows)),
    signal: (number) => later((process) => process.signal(number)),
    output: async () => {
      // A command need not read its input, so nobody waits for its end to arrive.
      stdin.close().catch(() => {});
      const [out, err, code] = await Promise.all([
        new Response(stdout).bytes(),
        new Response(stderr).bytes(),
        status,
      ]);
      return { status: code, stdout: out, stderr: err };
    },
  };
}

/** A stream that comes later. If it fails it ends: the command's status says why. */
function laterReadable(source: Promise<ReadableStream<Bytes>>): ReadableStream<Bytes> {
  const reader = source.then((stream) => stream.getReader());
  reader.catch(() => {});
  return new ReadableStream<Bytes>({
    async pull(controller) {
      const next = await reader.then((reader) => reader.read()).catch(() => undefined);
      if (next?.value === undefined) controller.close();
      else controller.enqueue(next.value);
    },
    async cancel(reason) {
      await reader.then((reader) => reader.cancel(reason)).catch(() => {});
    },
  }, { highWaterMark: 0 });
}

function laterWritable(target: Promise<WritableStream<Bytes>>): WritableStream<Bytes> {
  const writer = target.then((stream) => {
    const writer = stream.getWriter();
    writer.closed.catch(() => {});
    return writer;
  });
  writer.catch(() => {});
  return new WritableStream<Bytes>({
    write: async (chunk) => await (await writer).write(chunk),
    close: async () => await (await writer).close(),
    abort: async (reason) => await (await writer).abort(reason),
  });
}
