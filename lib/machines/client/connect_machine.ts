import type { MachineListing } from "../machine_listing.ts";
import type { MachineClient } from "./machine_client.ts";

/**
 * Connects to the supervisor of a machine that runs.
 *
 * @param machine The machine, as `findMachine()` gives it.
 * @returns The connection.
 * @throws {SnapvmError} `machine-not-running` if it does not run; `supervisor-lost` if its supervisor cannot be reached.
 */
export async function connectMachine(machine: MachineListing): Promise<MachineClient> {
  const { connectToSupervisor } = await import(
    import.meta.resolve("./supervisor_connection.ts")
  ) as typeof import("./supervisor_connection.ts");
  return await connectToSupervisor(machine);
}
