import { SnapvmError } from "../error/mod.ts";
import { join, removeIfThere, tryLockFolder } from "../host/mod.ts";
import { dialMachine } from "./client/dial_machine.ts";
import { readJsonFile, writeJsonFile } from "./json_file.ts";
import type { MachineListing } from "./machine_listing.ts";
import { isMachineName, requireMachineName } from "./machine_name.ts";
import { type MachineRecord, parseMachineRecord } from "./machine_record.ts";
import { type MachineStatus, parseMachineStatus } from "./machine_status.ts";
import { machinesFolder, withMachinesLock } from "./machines_lock.ts";
import { REMOVED, takeAway } from "./remove_folder.ts";
import { removeRuntimeFolder } from "./runtime_folder.ts";

/** The file that says what a machine is. */
export const RECORD_FILE = "machine.json";
/** The file that says what its supervisor last said of it. */
export const STATUS_FILE = "status.json";

/** What was found in a home. */
interface Found {
  readonly machines: readonly MachineListing[];
  /** The names of those that were removed. */
  readonly removed: readonly string[];
}

/**
 * Lists the machines, and tells the truth about each: one whose owner was killed is `stopped` if it is kept, and removed
 * with all that it had if it is not. Folders of other users, which `sudo` may have left, are listed as damaged.
 *
 * @param home `$SNAPVM_HOME`.
 * @returns The machines, sorted by name.
 */
export async function listMachines(home: string): Promise<MachineListing[]> {
  const { machines } = await lookAtAll(home);
  return machines.toSorted((a, b) => a.name < b.name ? -1 : 1);
}

/**
 * Finds a machine by its name. The others are looked at only if its supervisor does not answer.
 *
 * @param home `$SNAPVM_HOME`.
 * @param name The name.
 * @returns What is known of it.
 * @throws {SnapvmError} `machine-not-found` if there is none with that name; `invalid-machine-name`.
 */
export async function findMachine(home: string, name: string): Promise<MachineListing> {
  requireMachineName(name);
  const path = join(machinesFolder(home), name);
  {
    using conn = await dialMachine(path);
    if (conn !== undefined) return await describeOwned(name, path);
  }
  const machines = await listMachines(home);
  const found = machines.find((machine) => machine.name === name);
  if (found !== undefined) return found;
  throw machineNotFound(name, machines.map((machine) => machine.name));
}

/** The error of a name that no machine has. */
export function machineNotFound(name: string, machines: readonly string[]): SnapvmError {
  return new SnapvmError("machine-not-found", `Cannot find a machine named ${name}`, {
    data: { name, machines },
  });
}

/**
 * Removes what snapvm processes that were killed have left behind. Machines whose owner lives are not touched, nor are
 * kept ones, and those that `sudo` has left to another user stay where they are.
 *
 * @param home `$SNAPVM_HOME`.
 * @returns The names of the machines that were removed.
 */
export async function removeStaleMachines(home: string): Promise<string[]> {
  return [...(await lookAtAll(home)).removed];
}

async function lookAtAll(home: string): Promise<Found> {
  const leftovers: string[] = [];
  const found = await withMachinesLock(home, async (folder): Promise<Found> => {
    const machines: MachineListing[] = [];
    const removed: string[] = [];
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      const path = join(folder, name);
      if (isDirectory && name.startsWith(REMOVED)) leftovers.push(path);
      else if (isDirectory && isMachineName(name)) {
        const machine = await lookAt(name, path);
        if (machine !== undefined) machines.push(machine);
        else {
          leftovers.push(await takeAway(path));
          removed.push(name);
        }
      }
    }
    return { machines, removed };
  });
  // Others need not wait for this.
  for (const path of leftovers) await removeUnlessForeign(path);
  return found ?? { machines: [], removed: [] };
}

/** Looks at a machine, under the lock of all machines. `undefined` if it is to be removed. */
async function lookAt(name: string, path: string): Promise<MachineListing | undefined> {
  try {
    using lock = await tryLockFolder(path);
    if (lock === undefined) return await describeOwned(name, path);
    return await describeUnowned(name, path);
  } catch (error) {
    if (!(error instanceof Deno.errors.PermissionDenied)) throw error;
    return { name, path, state: "damaged", problem: "it belongs to another user" };
  }
}

/** Says what is known of a machine that has an owner. */
export async function describeOwned(name: string, path: string): Promise<MachineListing> {
  const [record, status] = await Promise.all([readRecord(path, name), readStatus(path)]);
  return {
    name,
    path,
    state: status?.state ?? "starting",
    ...typeof record === "object" && { record },
    ...status && { status },
  };
}

async function describeUnowned(name: string, path: string): Promise<MachineListing | undefined> {
  const record = await readRecord(path, name);
  if (record === undefined) return undefined;
  if (typeof record === "string") return { name, path, state: "damaged", problem: record };
  if (!record.kept) return undefined;
  await removeRuntimeFolder(path);
  const status = await readStatus(path);
  if (status === undefined || status.state === "stopped") {
    return { name, path, state: "stopped", record, ...status && { status } };
  }
  const stopped = stoppedByKill(status);
  try {
    writeJsonFile(join(path, STATUS_FILE), stopped);
  } catch {
    // On a full disk it is found out again by the next command.
  }
  return { name, path, state: "stopped", record, status: stopped };
}

/** The status of a machine whose supervisor did not live to write it. */
function stoppedByKill(status: MachineStatus): MachineStatus {
  return {
    ...status,
    state: "stopped",
    agent: false,
    addresses: [],
    ports: [],
    end: status.end ?? { reason: "supervisor-killed", time: new Date().toISOString() },
  };
}

/**
 * Reads what a machine is.
 *
 * @returns The record; `undefined` if it was never written; what is wrong with it otherwise.
 */
export async function readRecord(
  path: string,
  name: string,
): Promise<MachineRecord | string | undefined> {
  const file = await readJsonFile(join(path, RECORD_FILE));
  if (file.kind === "absent") return undefined;
  if (file.kind === "unreadable") return `its ${RECORD_FILE} cannot be read: ${file.why}`;
  return parseMachineRecord(file.value, name) ?? `its ${RECORD_FILE} does not describe a machine`;
}

/** Reads what its supervisor last said of a machine; `undefined` if that says nothing. */
export async function readStatus(path: string): Promise<MachineStatus | undefined> {
  const file = await readJsonFile(join(path, STATUS_FILE));
  return file.kind === "value" ? parseMachineStatus(file.value) : undefined;
}

async function removeUnlessForeign(path: string): Promise<void> {
  try {
    await removeIfThere(path, { recursive: true });
  } catch (error) {
    // Somebody else may be removing it, too.
    if (
      !(error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotFound)
    ) throw error;
  }
}
