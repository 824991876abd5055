import { join } from "node:path";
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
  readonly #lock: Deno.FsFile;

  private constructor(name: string, path: string, lock: Deno.FsFile) {
    this.name = name;
    this.path = path;
    this.#lock = lock;
  }

  /**
   * Makes a folder of mode 0700 with a new name below `<home>/machines`.
   *
   * @param home `$SNAPVM_HOME`; it is made where it does not exist.
   * @returns The folder, owned by this process until it is disposed of.
   */
  static async create(home: string): Promise<MachineFolder> {
    const machines = join(home, "machines");
    await Deno.mkdir(machines, { recursive: true, mode: 0o700 });
    for (;;) {
      const name = crypto.randomUUID().slice(0, 8);
      const path = join(machines, name);
      await Deno.mkdir(path, { mode: 0o700 });
      const lock = await lockFolder(path, true);
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
    using lock = await lockFolder(path, false);
    if (lock === undefined) return false;
    await removeMachine(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) return false;
    throw error;
  }
}

/**
 * Takes a folder's lock; `undefined` where somebody else has it or has just removed the folder. Between the making of
 * a folder and its locking a cleaner may come: what counts is who has the lock of a folder that is still in its place.
 */
async function lockFolder(path: string, wait: boolean): Promise<Deno.FsFile | undefined> {
  let lock: Deno.FsFile | undefined;
  try {
    lock = await Deno.open(path);
    if (wait) await lock.lock(true);
    else if (!await lock.tryLock(true)) throw new Deno.errors.WouldBlock();
    const [mine, present] = await Promise.all([lock.stat(), Deno.stat(path)]);
    if (mine.ino === present.ino && mine.dev === present.dev) return lock;
  } catch (error) {
    const isTaken = error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.WouldBlock;
    if (!isTaken) {
      lock?.close();
      throw error;
    }
  }
  lock?.close();
  return undefined;
}

async function removeMachine(path: string): Promise<void> {
  await removeRuntimeFolder(path);
  await Deno.remove(path, { recursive: true });
}
