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

/**
 * Boots an image in a virtual machine that outlives this process: a process of its own supervises it. It returns when
 * the hypervisor runs.
 *
 * @param image As `launch()` takes it.
 * @param options How it is booted.
 * @returns The machine's name.
 * @throws {SnapvmError} If the machine cannot be started; nothing of it is left then.
 * @throws The signal's reason.
 */
export async function launchMachine(
  image: string,
  options: LaunchMachineOptions = {},
): Promise<string> {
  const { launchInBackground } = await import(
    import.meta.resolve("./background/launch_in_background.ts")
  ) as typeof import("./background/launch_in_background.ts");
  return await launchInBackground(image, options);
}
