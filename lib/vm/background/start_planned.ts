import type { StartPlannedOptions } from "./start_planned_options.ts";
import type { MachineFolder } from "../../machines/mod.ts";
import type { Supervisor } from "../supervisor/supervisor.ts";
import type { MachinePlan } from "./machine_plan.ts";

/**
 * Starts a machine as it was planned, and supervises it.
 *
 * @param folder The machine's folder. When the clone is made, it says what the machine is.
 * @param plan The plan.
 * @param options What to call meanwhile.
 * @returns The machine's supervisor.
 * @throws {SnapvmError} `port-taken`, `machine-damaged`, and what `Backend.start` throws.
 * @throws The signal's reason.
 */
export async function startPlanned(
  folder: MachineFolder,
  plan: MachinePlan,
  options: StartPlannedOptions = {},
): Promise<Supervisor> {
  // Most commands start no machine.
  const { startAndSupervise } = await import(
    import.meta.resolve("./start_and_supervise.ts")
  ) as typeof import("./start_and_supervise.ts");
  return await startAndSupervise(folder, plan, options);
}
