import type { BackendChoice } from "./backend.ts";
import type { LaunchOptions } from "./launch_options.ts";

/** What {@linkcode launchMachine} takes besides the image. */
export interface LaunchMachineOptions extends
  Omit<
    LaunchOptions,
    | "backend"
    | "kept"
    | "command"
    | "environment"
    | "folder"
    | "terminal"
    | "onConsole"
    | "onCommandEnd"
  > {
  /** The hypervisor; by default this system's usual one. */
  readonly backend?: BackendChoice;
  /** Whether it stays when it ends, until somebody removes it. It does by default. */
  readonly kept?: boolean;
}
