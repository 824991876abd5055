import { SnapvmError } from "../../error/mod.ts";
import { join, removeIfThere, tryLockFolder } from "../../host/mod.ts";
import { machineNotFound } from "./list_machines.ts";
import { requireMachineName } from "./machine_name.ts";
import { withMachinesLock } from "./machines_lock.ts";
import { takeAway } from "./remove_folder.ts";

/**
 * Removes a machine that does not run, with its disk and all that it had.
 *
 * @param home `$SNAPVM_HOME`.
 * @param name Its name.
 * @throws {SnapvmError} `machine-not-found` if there is none with that name; `machine-running` if it runs;
 * `invalid-machine-name`.
 */
export async function removeMachine(home: string, name: string): Promise<void> {
  requireMachineName(name);
  const away = await withMachinesLock(home, async (machines) => {
    const path = join(machines, name);
    using lock = await tryLockFolder(path);
    if (lock !== undefined) return await takeAway(path);
    if (!await isThere(path)) return undefined;
    throw machineRunning("remove", name);
  });
  if (away === undefined) throw machineNotFound(name, []);
  await removeIfThere(away, { recursive: true });
}

/** The error of what cannot be done with a machine that runs. */
export function machineRunning(what: string, name: string): SnapvmError {
  return new SnapvmError("machine-running", `Cannot ${what} the machine ${name}: it runs`, {
    data: { name },
  });
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}
