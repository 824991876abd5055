import { SnapvmError } from "../../error/mod.ts";
import { join, pollLock, tryLockFile } from "../../host/mod.ts";

/** How long those who remove things wait for those who bring some. */
const REMOVAL_WAIT_MS = 3000;

/**
 * The lease of a store: whoever adds to it shares it, so that nothing is removed that is not yet reachable. The kernel
 * gives it back when its owner dies.
 *
 * @throws The signal's reason.
 */
export async function shareStore(root: string, signal?: AbortSignal): Promise<Disposable> {
  const lease = await pollLock(
    () => tryLockFile(leasePath(root), { create: true, shared: true }),
    { signal },
  );
  return lease!;
}

/**
 * Takes a store for oneself, to remove something: nobody adds to it meanwhile.
 *
 * @param purpose What cannot be done otherwise, for the error: `remove anything from`.
 * @throws {SnapvmError} `store-busy` if others go on adding to it.
 */
export async function reserveStore(
  root: string,
  purpose: string,
  { signal, limit = REMOVAL_WAIT_MS }: { signal?: AbortSignal | undefined; limit?: number } = {},
): Promise<Disposable> {
  const lease = await pollLock(
    () => tryLockFile(leasePath(root), { create: true }),
    { signal, limit },
  );
  if (lease !== undefined) return lease;
  throw new SnapvmError(
    "store-busy",
    `Cannot ${purpose} the store ${root}: another snapvm is bringing or unpacking an image`,
    { data: { path: root } },
  );
}

function leasePath(root: string): string {
  return join(root, LEASE_FILE);
}

/** The file whose lock is the lease. */
export const LEASE_FILE = "lock";
