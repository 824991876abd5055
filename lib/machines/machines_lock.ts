import { join, pollLock, tryLockFolder } from "../host/mod.ts";

/**
 * The folder of all machines.
 *
 * @param home `$SNAPVM_HOME`.
 * @returns Its path.
 */
export function machinesFolder(home: string): string {
  return join(home, "machines");
}

/** This process's turns: a lock that many wait for at once would keep the threads that its owner needs. */
let turn: Promise<unknown> = Promise.resolve();

/**
 * Does something with the folder of all machines while nobody else does: makes or removes a machine's folder, or looks
 * whether its lock is held. So whoever holds the lock of a machine meanwhile is its owner, and no other command that only
 * looks.
 *
 * @param home `$SNAPVM_HOME`.
 * @param work What to do. It takes milliseconds.
 * @returns What it gives; `undefined` if there is no such folder.
 * @throws What the work throws, or the system.
 */
export async function withMachinesLock<T>(
  home: string,
  work: (machines: string) => Promise<T>,
): Promise<T | undefined> {
  const machines = machinesFolder(home);
  const before = turn;
  const done = Promise.withResolvers<void>();
  turn = done.promise;
  await before;
  try {
    using lock = await pollLock(async () =>
      await tryLockFolder(machines) ?? (await isThere(machines) ? undefined : NOTHING)
    );
    return lock === NOTHING ? undefined : await work(machines);
  } finally {
    done.resolve();
  }
}

const NOTHING: Disposable = { [Symbol.dispose]() {} };

async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
