import { dirname, lockFolder } from "../../host/mod.ts";

/**
 * Keeps a snapshot of snapvm's own store from being removed or replaced: a running machine's disk is a clone that still
 * reads from it. The kernel gives the hold back when the process dies.
 *
 * @param path The snapshot's file.
 * @returns The hold; `undefined` if the snapshot is gone.
 */
export async function holdSnapshot(path: string): Promise<Disposable | undefined> {
  return await lockFolder(dirname(path), { shared: true });
}
