import { dirname, isFolder } from "../../host/mod.ts";
import { readSnapshot, type Snapshot, snapshotPath } from "./snapshot.ts";
import { snapshotFault } from "./snapshot_fault.ts";

/** A snapshot that may not be there, and may not be whole. */
export interface CheckedSnapshot {
  /** The path of its file, which need not exist. */
  readonly path: string;
  /** The file; absent if it is not there. */
  readonly snapshot?: Snapshot;
  /** Why an existing snapshot cannot be used, in a sentence without a full stop. */
  readonly fault?: string;
}

/** Looks for the snapshot of a platform's manifest in a store, and checks whether it is whole. */
export async function checkSnapshot(root: string, manifest: string): Promise<CheckedSnapshot> {
  const path = snapshotPath(root, manifest);
  try {
    const snapshot = await readSnapshot(path);
    const fault = await snapshotFault(path);
    return fault === undefined ? { path, snapshot } : { path, snapshot, fault };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (!(error instanceof Deno.errors.NotFound)) return { path, fault: error.message };
    // `container` takes the folder alone as a snapshot, and does not make it again.
    return await isFolder(dirname(path))
      ? { path, fault: "its folder is there, but the file is not" }
      : { path };
  }
}
