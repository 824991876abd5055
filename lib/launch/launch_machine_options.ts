import type { MachinePort } from "../vm/mod.ts";
import type { BackendChoice } from "./backend.ts";
import type { LaunchOptions } from "./launch_options.ts";

/** What {@linkcode launchMachine} takes besides the image. */
export interface LaunchMachineOptions
  extends
    Omit<LaunchOptions, "backend" | "command" | "environment" | "onConsole" | "onCommandEnd"> {
  /** The hypervisor; by default this system's usual one. */
  readonly backend?: BackendChoice;
  /** The machine's name; by default one that nobody else has. */
  readonly name?: string | undefined;
  /** Whether it stays when it ends, until somebody removes it. It does by default. */
  readonly kept?: boolean;
  /** The ports of the host that lead to the guest. */
  readonly ports?: readonly MachinePort[];
  /** The user that commands run as unless another is named. */
  readonly user?: string | undefined;
}
