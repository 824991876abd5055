import { withDeadline } from "../../host/mod.ts";
import type { GuestSession, GuestStreams } from "../../guest/mod.ts";
import type { Machine } from "../../vm/mod.ts";
import { OutputFailed } from "../../ui/mod.ts";
import type { ConsoleLog } from "./console_log.ts";
import { describeOutcome } from "./outcome.ts";

/** What {@linkcode runInGuest} needs. */
export interface InGuestOptions {
  /** The machine. */
  readonly machine: Machine;
  /** What is attached to the guest. */
  readonly session: GuestSession;
  /** The command's streams. */
  readonly streams: GuestStreams;
  /** Takes what the guest prints on its console. */
  readonly log: ConsoleLog;
  /** Ends it, with its reason. */
  readonly signal: AbortSignal;
  /** What the guest is doing, for a message. */
  readonly doing: () => string;
}

/**
 * Runs the command in the guest with this process's standard streams as its own, and returns its exit status.
 *
 * Throws a `CommandFailure` where the guest or the machine ends before the command does, the signal's reason where it
 * aborts, `Deno.errors.BrokenPipe` where nobody reads the command's output any more, and an `OutputFailed` where it
 * cannot be written.
 */
export async function runInGuest(options: InGuestOptions): Promise<number> {
  const { machine, session, streams, log, signal, doing } = options;
  // Nothing waits for the input: a command need not read it. One that cannot be read is at its end.
  void Deno.stdin.readable.pipeTo(streams.stdin, { preventAbort: true })
    .catch(() => streams.stdin.close()).catch(() => {});
  const console = log.drain(machine.console.readable);
  const output = Promise.all([
    streams.stdout.pipeTo(Deno.stdout.writable, { preventClose: true }),
    streams.stderr.pipeTo(Deno.stderr.writable, { preventClose: true }),
  ]).catch((cause) => {
    throw cause instanceof Deno.errors.BrokenPipe ? cause : new OutputFailed(cause);
  });
  const work = async () => {
    const end = await session.end;
    if (end.reason === "exited") {
      await output;
      return end.status;
    }
    if (end.reason === "failed") throw describeOutcome({ kind: "guest", end }, doing(), log);
    const machineEnd = await machine.ended;
    await console;
    throw describeOutcome({ kind: "machine", end: machineEnd }, doing(), log);
  };
  // A failure of the output or of the log counts at once; their ends do not.
  const never = () => new Promise<never>(() => {});
  const ended = Promise.race([work(), output.then(never), console.then(never)]);
  return await withDeadline(ended, { signal });
}
