import { SnapvmError } from "../error/mod.ts";
import { basename, join, lockFolder, pollLock, removeIfThere, tryLockFolder } from "../host/mod.ts";
import { writeJsonFile } from "./json_file.ts";
import { machineNotFound, readRecord, RECORD_FILE, STATUS_FILE } from "./list_machines.ts";
import { randomMachineName, requireMachineName } from "./machine_name.ts";
import type { MachineRecord } from "./machine_record.ts";
import { machinesFolder, withMachinesLock } from "./machines_lock.ts";
import { takeAway } from "./remove_folder.ts";
import { LET_GO_MS, machineRunning } from "./remove_machine.ts";
import { removeRuntimeFolder } from "./runtime_folder.ts";

/** What {@linkcode MachineFolder.create} takes besides the home. */
export interface CreateMachineFolderOptions {
  /** The machine's name. Default: one that nobody else has. */
  readonly name?: string | undefined;
}

/**
 * A folder for one machine, with everything in it private to its owner. Its lock says that the owner lives: the kernel
 * gives the lock back when the owner dies. The folder is gone with its owner, unless the machine is kept.
 */
export class MachineFolder implements AsyncDisposable {
  /** The machine's name. */
  readonly name: string;
  /** The folder's absolute path. */
  readonly path: string;
  readonly #lock: Disposable;
  #record: MachineRecord | undefined;
  #isDisposed = false;

  private constructor(
    { name, path, lock, record }: {
      name: string;
      path: string;
      lock: Disposable;
      record?: MachineRecord;
    },
  ) {
    this.name = name;
    this.path = path;
    this.#lock = lock;
    this.#record = record;
  }

  /**
   * Makes a folder of mode 0700 below `<home>/machines`. Of several processes that ask for the same name, one gets it.
   *
   * @param home `$SNAPVM_HOME`; it is made if it does not exist.
   * @param options The machine's name.
   * @returns The folder, owned by this process until it is disposed of.
   * @throws {SnapvmError} `machine-exists` if there is a machine with that name; `invalid-machine-name`.
   */
  static async create(
    home: string,
    { name: wanted }: CreateMachineFolderOptions = {},
  ): Promise<MachineFolder> {
    if (wanted !== undefined) requireMachineName(wanted);
    for (;;) {
      await Deno.mkdir(machinesFolder(home), { recursive: true, mode: 0o700 });
      const name = wanted ?? randomMachineName();
      const folder = await withMachinesLock(home, async (machines) => {
        const path = join(machines, name);
        if (!await isMade(path)) {
          if (wanted === undefined) return;
          await makeWay(path, name);
          await Deno.mkdir(path, { mode: 0o700 });
        }
        const lock = await tryLockFolder(path);
        return lock && new MachineFolder({ name, path, lock });
      });
      if (folder !== undefined) return folder;
    }
  }

  /**
   * Takes over the folder of a kept machine that does not run.
   *
   * @param home `$SNAPVM_HOME`.
   * @param name The machine's name.
   * @returns The folder, owned by this process until it is disposed of. What was said of the machine when it ran last is
   * forgotten.
   * @throws {SnapvmError} `machine-not-found` if there is none with that name; `machine-running` if it runs;
   * `machine-damaged` if its folder does not say what it is; `invalid-machine-name`.
   */
  static async open(home: string, name: string): Promise<MachineFolder> {
    requireMachineName(name);
    const folder = await pollLock(async () =>
      await withMachinesLock(home, async (machines) => {
        const path = join(machines, name);
        if (!await isThere(path)) throw machineNotFound(name, []);
        using held = new DisposableStack();
        const lock = await tryLockFolder(path);
        if (lock === undefined) return;
        held.use(lock);
        const record = await readRecord(path, name);
        if (record === undefined) throw machineNotFound(name, []);
        if (typeof record === "string") throw machineDamaged(path, name, record);
        await removeRuntimeFolder(path);
        await removeIfThere(join(path, STATUS_FILE));
        held.move();
        return new MachineFolder({ name, path, lock, record });
      }) ?? (await isThere(join(machinesFolder(home), name)) ? undefined : "gone" as const), {
      limit: LET_GO_MS,
    });
    if (folder === "gone") throw machineNotFound(name, []);
    if (folder === undefined) throw machineRunning("start", name);
    return folder;
  }

  /**
   * Takes over a folder whose owner hands it over ({@linkcode MachineFolder.handOver}), and waits until it does.
   *
   * @param path The folder.
   * @returns The folder, owned by this process until it is disposed of; `undefined` if it is gone.
   */
  static async takeOver(path: string): Promise<MachineFolder | undefined> {
    using held = new DisposableStack();
    const lock = await lockFolder(path);
    if (lock === undefined) return undefined;
    held.use(lock);
    const name = basename(path);
    const record = await readRecord(path, name);
    if (typeof record === "string") throw machineDamaged(path, name, record);
    held.move();
    return new MachineFolder({ name, path, lock, ...record && { record } });
  }

  /**
   * Hands the folder over to another process. No command that only looks gets in between.
   *
   * @param home `$SNAPVM_HOME`.
   * @param taken Settles when the other process owns the folder; called when it can.
   */
  async handOver(home: string, taken: () => Promise<void>): Promise<void> {
    await withMachinesLock(home, async () => {
      this.#isDisposed = true;
      this.#lock[Symbol.dispose]();
      await taken();
    });
  }

  /** Removes the folder, even if the machine is kept. */
  async remove(): Promise<void> {
    this.#record = undefined;
    await this[Symbol.asyncDispose]();
  }

  /** What the machine is; `undefined` until {@linkcode writeRecord}. */
  get record(): MachineRecord | undefined {
    return this.#record;
  }

  /**
   * Says what the machine is, once. If it is to be kept, it is from now on.
   *
   * @param record What it is.
   */
  writeRecord(record: MachineRecord): void {
    writeJsonFile(join(this.path, RECORD_FILE), record, { durable: record.kept });
    this.#record = record;
  }

  /** Removes the folder, unless the machine is kept, and what it needs only while it runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    using _lock = this.#lock;
    if (this.#record?.kept) await removeRuntimeFolder(this.path);
    else await removeIfThere(await takeAway(this.path), { recursive: true });
  }
}

/** Removes what has a name already, if it is of a machine whose owner is dead and that is not kept. */
async function makeWay(path: string, name: string): Promise<void> {
  using lock = await tryLockFolder(path);
  const isStale = lock !== undefined && await isRemovable(path, name);
  if (isStale) return await removeIfThere(await takeAway(path), { recursive: true });
  throw new SnapvmError(
    "machine-exists",
    `Cannot name a machine ${name}: there is one with that name`,
    { data: { name } },
  );
}

async function isRemovable(path: string, name: string): Promise<boolean> {
  const record = await readRecord(path, name);
  return record === undefined || typeof record === "object" && !record.kept;
}

/** Makes a folder; `false` if something is there. */
async function isMade(path: string): Promise<boolean> {
  try {
    await Deno.mkdir(path, { mode: 0o700 });
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw error;
  }
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

function machineDamaged(path: string, name: string, why: string): SnapvmError {
  return new SnapvmError("machine-damaged", `Cannot start the machine ${name}: ${why}`, {
    data: { name, path },
  });
}
