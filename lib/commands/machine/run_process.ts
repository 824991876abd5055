import { hasCode } from "../../error/mod.ts";
import type { GuestOutput, GuestProcess, StartedCommand } from "../../guest/mod.ts";
import {
  attachTerminal,
  CommandFailure,
  ExitStatus,
  OutputFailed,
  print,
  printable,
} from "../../ui/mod.ts";
import { feedInput } from "./feed_input.ts";

/** The status of a program that is not there, as with a shell. */
const NOT_FOUND = 127;
/** The status of a program that cannot be executed. */
const NOT_EXECUTABLE = 126;

/** The numbers of the signals that are passed on. They are the same on every system that snapvm runs on. */
const PASSED_ON: Readonly<Partial<Record<Deno.Signal, number>>> = {
  SIGINT: 2,
  SIGQUIT: 3,
  SIGTERM: 15,
};

/** Who sends so many of these wants to leave, whatever the command in the guest does with them, or the guest itself. */
const ENOUGH_ENDINGS = 2;

/** The status of a program that one of these has ended. */
const ENDINGS: Readonly<Partial<Record<Deno.Signal, number>>> = {
  SIGINT: ExitStatus.interrupted,
  SIGTERM: 143,
};

/**
 * Gives a process in a guest this process's standard streams and signals.
 *
 * @param process The process; it may not run yet.
 * @param name What it is called if it cannot be started.
 * @returns Its exit status: 128 + n if signal n killed it.
 * @throws {CommandFailure} If it cannot be started, with status 127 or 126 if that is its program's fault.
 */
export async function runProcess(process: StartedCommand, name: string): Promise<number> {
  using _signals = passSignals(process);
  // A command need not read its input.
  void process.started.then(() => feedInput(process)).catch(() => {});
  const output = Promise.all([
    show(process.output, Deno.stdout),
    show(process.errorOutput, Deno.stderr),
  ]).catch((error) => {
    process.abandon();
    throw error;
  });
  output.catch(() => {});
  await started(process, name);
  const [exit] = await Promise.all([process.exit, output]);
  return "signal" in exit ? 128 + exit.signal : exit.status;
}

/** Gives a process with a terminal of its own this process's terminal. Returns its exit status. */
export async function runInTerminal(process: GuestProcess, name: string): Promise<number> {
  const ending = new AbortController();
  const end = () => ending.abort();
  const signals = ["SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT"] as const;
  for (const name of signals) Deno.addSignalListener(name, end);
  try {
    const given = new Promise<void>((resolve) => {
      ending.signal.addEventListener("abort", () => resolve(), { once: true });
    });
    const starting = started(process, name);
    starting.catch(() => {});
    // There is no terminal to give back yet, and nobody who would answer.
    await Promise.race([starting, given]);
    if (ending.signal.aborted) {
      process.abandon();
      return ExitStatus.interrupted;
    }
    const attached = await attachTerminal(
      { readable: process.stdout, writable: process.stdin },
      {
        signal: ending.signal,
        escapes: false,
        onResize: ({ columns, rows }) => process.resize(columns, rows),
      },
    );
    if (attached === "aborted") {
      process.abandon();
      return ExitStatus.interrupted;
    }
    const exit = await Promise.race([process.exit, given]);
    if (exit === undefined) {
      process.abandon();
      return ExitStatus.interrupted;
    }
    return "signal" in exit ? 128 + exit.signal : exit.status;
  } catch (error) {
    process.abandon();
    throw error;
  } finally {
    for (const name of signals) Deno.removeSignalListener(name, end);
  }
}

/** Waits until a process runs. */
async function started(process: GuestProcess, name: string): Promise<void> {
  // That it has ended matters only once it has begun.
  process.exit.catch(() => {});
  try {
    await process.started;
  } catch (error) {
    if (!hasCode(error, "guest-refused")) throw error;
    const { step, errno, error: why } = error.data;
    const status = step !== "program"
      ? ExitStatus.notStarted
      : errno === "ENOENT" || errno === "ENOTDIR"
      ? NOT_FOUND
      : NOT_EXECUTABLE;
    throw new CommandFailure(printable(`Cannot run ${name} in the guest: ${why}`), { status });
  }
}

async function show(output: GuestOutput, target: typeof Deno.stdout): Promise<void> {
  try {
    for (let bytes; (bytes = await output.read()) !== undefined;) print(bytes, target);
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe || error instanceof OutputFailed) throw error;
    // The process's end says why its output ends.
  }
}

/** Passes signals on until it is disposed of. A process that does not run yet has nobody to pass them on to. */
function passSignals(process: GuestProcess): Disposable {
  let endings = 0;
  let hasStarted = false;
  void process.started.then(() => hasStarted = true, () => {});
  const listeners = Object.entries(PASSED_ON).map(([name, number]) => ({
    name: name as Deno.Signal,
    listener: () => {
      const status = ENDINGS[name as Deno.Signal];
      if (status !== undefined && (++endings >= ENOUGH_ENDINGS || !hasStarted)) {
        process.abandon();
        Deno.exit(status);
      }
      process.signal(number);
    },
  }));
  for (const { name, listener } of listeners) Deno.addSignalListener(name, listener);
  return {
    [Symbol.dispose]: () => {
      for (const { name, listener } of listeners) Deno.removeSignalListener(name, listener);
    },
  };
}
