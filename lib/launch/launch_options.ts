import type { ImageOptions } from "../store/mod.ts";
import type { MachinePort } from "../machines/mod.ts";
import type { Backend, Machine } from "../vm/mod.ts";
import type { BackendName } from "./backend.ts";
import type { LaunchStage } from "./launch_stage.ts";
import type { MachineOptions, PreparedMachine } from "./prepare_machine.ts";
import type { RunningCommand } from "./running_command.ts";

/** What `launch()` takes besides the image. */
export interface LaunchOptions extends ImageOptions, MachineOptions {
  /** The program to run in the guest, and its arguments. No shell reads them. Without it the console is yours. */
  readonly command?: readonly string[];
  /** Environment variables of the command, besides or in place of `HOME`, `PATH`, `USER` and the like. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The folder that the command starts in; by default its user's home. */
  readonly folder?: string | undefined;
  /** The user that the command runs as, by name or number, `:group` may follow; by default root. */
  readonly user?: string | undefined;
  /** The size of the terminal that the command gets; without it, it gets none. */
  readonly terminal?: { readonly columns: number; readonly rows: number } | undefined;
  /** The machine's name; by default one that nobody else has. */
  readonly name?: string | undefined;
  /** Whether the machine stays when it ends, until somebody removes it. It does not by default. */
  readonly kept?: boolean | undefined;
  /** The ports of the host that lead to the guest. */
  readonly ports?: readonly MachinePort[] | undefined;
  /** The hypervisor; by default this system's usual one. */
  readonly backend?: Backend | BackendName;
  /** Called when a stage begins, with the time on the clock of `performance.now()` if it is known better than now. */
  readonly onStage?: (stage: LaunchStage, time?: number) => void;
  /** Called when the command has ended, with the time on the clock of `performance.now()`. */
  readonly onCommandEnd?: (time: number) => void;
  /** Called with what the machine is made of before it starts. */
  readonly onPrepared?: (prepared: PreparedMachine) => void;
  /** Called with what a user may want to know although nothing failed: a sentence without a full stop. */
  readonly onNotice?: (notice: string) => void;
  /** Called with all that the guest prints on its console while a command runs. What it throws ends the command. */
  readonly onConsole?: (bytes: Uint8Array<ArrayBuffer>) => void;
}

/** An image's running machine. Disposing of it ends the machine and leaves nothing behind. */
export interface Launch extends AsyncDisposable {
  /** The machine. Without a command you read its console; with one, `launch()` does. */
  readonly machine: Machine;
  /** What it was made of. */
  readonly prepared: PreparedMachine;
  /** The command, if there is one. */
  readonly command: RunningCommand | undefined;
}

/** An image's running machine with a command in it. */
export interface LaunchedCommand extends Launch {
  /** The command. */
  readonly command: RunningCommand;
}
