import { join, lockFolder, tryLockFolder } from "../host/mod.ts";
import { removeRuntimeFolder } from "./runtime_folder.ts";

/**
 * A folder for one machine, with everything in it private to its owner and gone with it. Its lock says that the owner
 * lives: the kernel gives the lock back when the owner dies.
 */
export class MachineFolder implements AsyncDisposable {
  /** The machine's name. */
  readonly name: string;
  /** The folder's absolute path. */
  readonly path: string;
  readonly #lock: Disposable;

  private constructor(name: string, path: string, lock: Disposable) {
    this.name = name;
    this.path = path;
    this.#lock = lock;
  }

  /**
   * Makes a folder of mode 0700 with a new name below `<home>/machines`.
   *
   * @param home `$SNAPVM_HOME`; it is made if it does not exist.
   * @returns The folder, owned by this process until it is disposed of.
   */
  static async create(home: string): Promise<MachineFolder> {
    const machines = join(home, "machines");
    await Deno.mkdir(machines, { recursive: true, mode: 0o700 });
    for (;;) {
      const name = crypto.randomUUID().slice(0, 8);
      const path = join(machines, name);
      await Deno.mkdir(path, { mode: 0o700 });
      // A cleaner that comes before the lock takes the folder for one whose owner has died.
      const lock = await lockFolder(path);
      if (lock !== undefined) return new MachineFolder(name, path, lock);
    }
  }

  /** Removes the folder and its runtime folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    using _lock = this.#lock;
    await removeMachine(this.path);
  }
}

/**
 * Removes what snapvm processes that were killed have left behind. Machines whose owner lives are not touched, and
 * those that `sudo` has left to another user stay where they are.
 *
 * @param home `$SNAPVM_HOME`.
 * @returns The names of the machines that were removed.
 */
export async function removeStaleMachines(home: string): Promise<string[]> {
  const machines = join(home, "machines");
  const removed: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(machines)) {
      if (!isDirectory) continue;
      if (await removeIfStale(join(machines, name))) removed.push(name);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return removed;
}

async function removeIfStale(path: string): Promise<boolean> {
  try {
    using lock = await tryLockFolder(path);
    if (lock === undefined) return false;
    await removeMachine(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) return false;
    throw error;
  }
}

async function removeMachine(path: string): Promise<void> {
  await removeRuntimeFolder(path);
  await Deno.remove(path, { recursive: true });
}
