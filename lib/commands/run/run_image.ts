import { attachGuest, type GuestStage } from "../../guest/mod.ts";
import { snapvmHome } from "../../store/mod.ts";
import { ExitStatus, StatusLine, Timings, withStatus } from "../../ui/mod.ts";
import { type Backend, MachineFolder, removeStaleMachines } from "../../vm/mod.ts";
import { Interruption } from "../interruption.ts";
import { openImage } from "../open_image.ts";
import { aborted } from "./aborted.ts";
import { ConsoleLog } from "./console_log.ts";
import { Deadline } from "./deadline.ts";
import { describePrepared } from "./describe_prepared.ts";
import { describeOutcome } from "./outcome.ts";
import { prepareMachine } from "./prepare_machine.ts";
import { beginTimings, printTimings, type RunReport, writeTimings } from "./report_timings.ts";
import { runConsole } from "./run_console.ts";
import { runInGuest } from "./run_in_guest.ts";
import type { RunOptions } from "./run_options.ts";

/** The stages of a run as `--timing` names them, and what is said of a guest in each. */
const DOING: Readonly<Record<string, string>> = {
  "firmware and kernel": "starting its kernel",
  "initramfs": "in its initramfs",
  "userspace": "starting its services",
  "command": "running the command",
};

const GUEST_STAGES: Partial<Record<GuestStage, string>> = {
  initramfs: "initramfs",
  userspace: "userspace",
  command: "command",
};

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
  const timings = new Timings();
  const report: { -readonly [Key in keyof RunReport]: RunReport[Key] } = {
    timings: [],
    acceleration: undefined,
    healed: [],
  };
  using interruption = new Interruption();
  using log = await ConsoleLog.open(options.consoleLog);
  await using timingFile = options.timingJson === undefined
    ? undefined
    : await beginTimings(options.timingJson);
  using status = new StatusLine();
  let stage = "";
  const enter = (next: string, at?: number) => {
    stage = next;
    timings.begin(next, at);
    if (command.length > 0 && next !== "command") status.show(`${name}: ${next}`);
    else status.clear();
  };
  const doing = () => DOING[stage] ?? "being prepared";
  using deadline = new Deadline(
    options.timeout,
    () => describeOutcome({ kind: "timeout", limit: options.timeout! }, doing(), log),
  );
  const signal = AbortSignal.any([interruption.signal, deadline.signal]);
  let started = false;
  try {
    enter("resolve");
    // A store that does not answer can still be given up.
    using opened = await Promise.race([openImage(name, options), aborted(signal)]);
    await interruption.check();
    enter("extract");
    const home = snapvmHome(Deno.env.toObject(), Deno.build.os);
    await removeStaleMachines(home);
    await using folder = await MachineFolder.create(home);
    const prepared = await prepareMachine(opened, folder.path, backend, {
      command,
      cpus: options.cpus,
      memory: options.memory,
      kernelArguments: options.karg,
      kernel: options.kernel,
      readOnly: options.readOnly ?? false,
      signal,
    });
    report.healed = prepared.healed;
    if (options.debug) describePrepared(prepared);
    await interruption.check();
    enter("clone");
    await using machine = await backend.start(prepared.specification, {
      signal,
      onStage: (reached) => reached === "clone" && enter("firmware and kernel"),
    });
    started = true;
    report.acceleration = machine.acceleration;
    const session = prepared.guest && attachGuest(prepared.guest, (port) => machine.port(port), {
      onStage: (reached, at) => {
        const next = GUEST_STAGES[reached];
        if (next !== undefined) enter(next, at);
        if (reached === "end") timings.end();
      },
    });
    return session?.command
      ? await runInGuest({ machine, session, streams: session.command, log, signal, doing })
      : await runConsole(machine, log, signal);
  } catch (error) {
    throw started ? error : withStatus(error, ExitStatus.notStarted);
  } finally {
    status.clear();
    timings.end();
    report.timings = timings.list();
    if (options.timing) printTimings(report);
    if (timingFile !== undefined) await writeTimings(timingFile, report);
  }
}
