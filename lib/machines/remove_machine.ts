import { SnapvmError } from "../error/mod.ts";
import { join, pollLock, removeIfThere, tryLockFolder } from "../host/mod.ts";
import { machineNotFound, readStatus } from "./list_machines.ts";
import { requireMachineName } from "./machine_name.ts";
import { withMachinesLock } from "./machines_lock.ts";
import { takeAway } from "./remove_folder.ts";

/** How long a machine that was just stopped may need to let go of its folder, in milliseconds. */
export const LET_GO_MS = 2000;

/**
 * Removes a machine that does not run, with its disk and all that it had. One that has just ended is waited for.
 *
 * @param home `$SNAPVM_HOME`.
 * @param name Its name.
 * @throws {SnapvmError} `machine-not-found` if there is none with that name; `machine-running` if it runs;
 * `invalid-machine-name`.
 */
export async function removeMachine(home: string, name: string): Promise<void> {
  requireMachineName(name);
  const away = await pollLock(async () => {
    const found = await withMachinesLock(home, async (machines) => {
      const path = join(machines, name);
      using lock = await tryLockFolder(path);
      if (lock !== undefined) return { path: await takeAway(path) };
      if (!await isThere(path)) return "gone";
      return (await readStatus(path))?.state === "stopped" ? "ends" : "runs";
    }) ?? "gone";
    return found === "ends" ? undefined : found;
  }, { limit: LET_GO_MS });
  if (away === undefined || away === "runs") throw machineRunning("remove", name);
  if (away === "gone") throw machineNotFound(name, []);
  await removeIfThere(away.path, { recursive: true });
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
