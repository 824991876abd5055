import { attachGuest } from "../../guest/mod.ts";
import type { Backend } from "../../vm/mod.ts";
import { Interruption } from "../interruption.ts";
import { ConsoleLog } from "./console_log.ts";
import { Deadline } from "./deadline.ts";
import { describeOutcome } from "./outcome.ts";
import { beginTimings, printTimings, type RunFacts, writeTimings } from "./report_timings.ts";
import { runConsole } from "./run_console.ts";
import { runInGuest } from "./run_in_guest.ts";
import type { RunOptions } from "./run_options.ts";
import { Stages } from "./stages.ts";
import { startImage } from "./start_image.ts";

/**
 * Boots an image, and runs a command in it or gives its console to the person.
 *
 * @returns the exit status: the command's, or 0.
 */
export async function runImage(
  name: string,
  command: readonly string[],
  options: RunOptions,
  backend: Backend,
): Promise<number> {
  using interruption = new Interruption();
  using log = await ConsoleLog.open(options.consoleLog);
  await using timingFile = options.timingJson === undefined
    ? undefined
    : await beginTimings(options.timingJson);
  using stages = new Stages(name, command.length > 0);
  using deadline = new Deadline(
    options.timeout,
    (limit) => describeOutcome({ kind: "timeout", limit }, stages.doing, log),
  );
  const signal = AbortSignal.any([interruption.signal, deadline.signal]);
  const facts: RunFacts = { acceleration: undefined, healed: [], notices: [] };
  try {
    await using started = await startImage(name, command, {
      options,
      backend,
      stages,
      facts,
      signal,
    });
    const { machine, guest } = started;
    const session = guest && attachGuest(guest, (port) => machine.port(port), {
      onStage: (reached, at) => stages.enterGuestStage(reached, at),
    });
    return session?.command
      ? await runInGuest({
        machine,
        session,
        streams: session.command,
        log,
        signal,
        doing: () => stages.doing,
      })
      : await runConsole(machine, log, signal);
  } finally {
    stages.end();
    const report = { ...facts, timings: stages.timings };
    if (options.timing) printTimings(report);
    if (timingFile !== undefined) await writeTimings(timingFile, report);
  }
}
