import { type BackendChoice, launchMachine } from "../../launch/mod.ts";
import { CommandFailure, ExitStatus, print, printable, withStatus } from "../../ui/mod.ts";
import { warnDeadNames } from "../check/warn_dead_names.ts";
import { Interruption } from "../interruption.ts";
import { ProgressDisplay } from "../progress/progress_display.ts";
import { describePrepared } from "./describe_prepared.ts";
import { machineOptions } from "./machine_options.ts";
import type { RunOptions } from "./run_options.ts";
import { Stages } from "./stages.ts";

/** Options that are about a run that somebody watches. */
const FOREGROUND: readonly (keyof RunOptions)[] = [
  "workdir",
  "timeout",
  "consoleLog",
  "timing",
  "timingJson",
];

/** Boots an image in the background, and prints the machine's name. */
export async function runDetached(
  image: string,
  command: readonly string[],
  options: RunOptions,
  backend: BackendChoice,
): Promise<void> {
  refuseForeground(command, options);
  using interruption = new Interruption();
  using stages = new Stages(image, true);
  let display: ProgressDisplay | undefined;
  const debug = (line: string) => {
    if (options.debug) stages.interrupt(() => print(`debug: ${printable(line)}\n`, Deno.stderr));
  };
  const name = await launchMachine(image, {
    backend,
    signal: interruption.signal,
    ...machineOptions(options),
    kept: !options.rm,
    user: options.user,
    onAcquire: () => {
      display = new ProgressDisplay(image, "people");
      display.start();
    },
    onProgress: (event) => display?.listener(event),
    onStage: (stage) => {
      if (stage === "extract") display?.finish();
      stages.enter(stage);
    },
    onPrepared: (made) => {
      describePrepared(made).forEach(debug);
      if (made.deadNames) stages.interrupt(() => warnDeadNames(made.deadNames!));
    },
    onNotice: debug,
  }).catch((error) => {
    display?.fail(error);
    throw withStatus(error, ExitStatus.notStarted);
  });
  stages.end();
  print(`${name}\n`);
}

function refuseForeground(command: readonly string[], options: RunOptions): void {
  const wrong = FOREGROUND.find((option) => options[option] !== undefined);
  const what = command.length > 0
    ? "a command"
    : wrong && `--${wrong.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  if (what === undefined) return;
  throw new CommandFailure(`Cannot run a machine in the background with ${what}`, {
    status: ExitStatus.usage,
    advice: command.length > 0
      ? "Start it with -d, and then run the command in it: snapvm exec NAME -- CMD"
      : "Leave one of the two out.",
  });
}
