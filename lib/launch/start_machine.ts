import type { StartMachineOptions } from "./start_machine_options.ts";
/**
 * Starts a kept machine again, with its disk and its addresses as they were. It returns when the hypervisor runs.
 *
 * @param name The machine's name.
 * @param options What to call meanwhile.
 * @throws {SnapvmError} `machine-not-found`, `machine-running`, `machine-damaged`, and what starting it fails with; the
 * machine stays then.
 * @throws The signal's reason.
 */
export async function startMachine(
  name: string,
  options: StartMachineOptions = {},
): Promise<void> {
  const { startInBackground } = await import(
    import.meta.resolve("./background/launch_in_background.ts")
  ) as typeof import("./background/launch_in_background.ts");
  await startInBackground(name, options);
}
