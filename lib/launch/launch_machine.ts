import type { LaunchMachineOptions } from "./launch_machine_options.ts";

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
