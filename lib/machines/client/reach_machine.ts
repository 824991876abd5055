import { join } from "../../host/mod.ts";
import { dialMachine } from "./dial_machine.ts";
import { describeOwned } from "../list_machines.ts";
import type { MachineListing } from "../machine_listing.ts";
import { requireMachineName } from "../machine_name.ts";
import { machinesFolder } from "../machines_lock.ts";
import type { MachineClient } from "./machine_client.ts";

/** What {@linkcode reachMachine} gives. */
export interface ReachedMachine {
  /** What is known of the machine. */
  readonly machine: MachineListing;
  /** The connection to its supervisor. */
  readonly client: MachineClient;
}

/**
 * Finds a machine and connects to its supervisor, all at once. It is what `findMachine()` and `connectMachine()` do, for
 * a machine whose supervisor answers.
 *
 * @param home `$SNAPVM_HOME`.
 * @param name The machine's name.
 * @returns The machine; `undefined` if nobody answers for it.
 * @throws {SnapvmError} `invalid-machine-name`; `machine-not-running` if it has just ended.
 */
export async function reachMachine(
  home: string,
  name: string,
): Promise<ReachedMachine | undefined> {
  requireMachineName(name);
  const path = join(machinesFolder(home), name);
  const [conn, seen, { takeConnection }] = await Promise.all([
    dialMachine(path),
    describeOwned(name, path),
    import(import.meta.resolve("./supervisor_connection.ts")) as Promise<
      typeof import("./supervisor_connection.ts")
    >,
  ]);
  if (conn === undefined) return undefined;
  // It may have been started again after that was read.
  const machine = seen.state === "stopped" ? await describeOwned(name, path) : seen;
  return { machine, client: takeConnection(machine, conn) };
}
