import { join, removeIfThere, syncFolder, tryLockFolder } from "../../host/mod.ts";
import { snapshotFolder, unpackingFolder } from "../content/store_paths.ts";

/**
 * Removes a snapshot, unless a running machine uses it.
 *
 * @returns Whether it is gone.
 */
export async function removeSnapshot(root: string, manifest: string): Promise<boolean> {
  const folder = snapshotFolder(root, manifest);
  using lock = await tryLockFolder(folder);
  if (lock === undefined) return false;
  // First out of sight: what is half removed does not look like a snapshot.
  const doomed = join(unpackingFolder(root), `removed-${crypto.randomUUID()}`);
  await Deno.rename(folder, doomed);
  await syncFolder(join(root, "snapshots"));
  await removeIfThere(doomed, { recursive: true });
  return true;
}
