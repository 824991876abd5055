import { launch, type PreparedMachine } from "../../launch/mod.ts";
import { ExitStatus, print, printable, withStatus } from "../../ui/mod.ts";
import type { Backend, Machine } from "../../vm/mod.ts";
import { warnDeadNames } from "../check/warn_dead_names.ts";
import { commandEnvironment, ownTerminalSize } from "../machine/command_options.ts";
import { Interruption } from "../interruption.ts";
import type { ProgressDisplay } from "../progress/progress_display.ts";
import { ConsoleLog } from "./console_log.ts";
import { Deadline } from "./deadline.ts";
import { describePrepared } from "./describe_prepared.ts";
import { timeoutFailure, withConsole } from "./guest_failure.ts";
import { beginTimings, printTimings, writeTimings } from "./report_timings.ts";
import { runConsole } from "./run_console.ts";
import { runInGuest } from "./run_in_guest.ts";
import { runInTerminal } from "./run_in_terminal.ts";
import { machineOptions } from "./machine_options.ts";
import type { RunOptions } from "./run_options.ts";
import { Stages } from "./stages.ts";

/**
 * Boots an image, and runs a command in it or gives the user its console.
 *
 * @returns The exit status: the command's, or 0.
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
    (limit) => timeoutFailure(limit, stages.doing, log),
  );
  const signal = AbortSignal.any([interruption.signal, deadline.signal]);
  const debug = (line: string) => {
    if (options.debug) print(`debug: ${printable(line)}\n`, Deno.stderr);
  };
  let display: ProgressDisplay | undefined;
  let prepared: PreparedMachine | undefined;
  let machine: Machine | undefined;
  const notices: string[] = [];
  try {
    await using launched = await launch(name, {
      ...command.length > 0 && {
        command,
        environment: commandEnvironment(options.env),
        folder: options.workdir,
        user: options.user,
        ...options.tty && { terminal: ownTerminalSize() },
      },
      backend,
      signal,
      ...machineOptions(options),
      kept: options.keep ?? false,
      onAcquire: async () => {
        const { ProgressDisplay } = await import(
          import.meta.resolve("../progress/progress_display.ts")
        ) as typeof import("../progress/progress_display.ts");
        display = new ProgressDisplay(name, "people");
        display.start();
      },
      onProgress: (event) => display?.listener(event),
      onStage: (stage, time) => {
        if (stage === "extract") display?.finish();
        stages.enter(stage, time);
      },
      onCommandEnd: () => stages.end(),
      onPrepared: (made) => {
        prepared = made;
        describePrepared(made).forEach(debug);
        if (made.deadNames) stages.interrupt(() => warnDeadNames(made.deadNames!));
      },
      onNotice: (notice) => {
        notices.push(notice);
        debug(notice);
      },
      onConsole: (bytes) => log.write(bytes),
    }).catch((error) => {
      display?.fail(error);
      throw withStatus(error, ExitStatus.notStarted);
    });
    machine = launched.machine;
    if (launched.command === undefined) return await runConsole(machine, log, signal);
    return options.tty
      ? await runInTerminal(launched.command, signal)
      : await runInGuest(launched.command);
  } catch (error) {
    throw withConsole(error, log);
  } finally {
    stages.end();
    const report = {
      timings: stages.timings,
      acceleration: machine?.acceleration,
      healed: prepared?.healed ?? [],
      notices,
    };
    if (options.timing) printTimings(report);
    if (timingFile !== undefined) await writeTimings(timingFile, report);
  }
}
