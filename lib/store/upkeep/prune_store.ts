import { dirname, join, removeIfThere, tryLockFolder } from "../../host/mod.ts";
import { reserveStore } from "../content/store_lease.ts";
import { findDeadCopies } from "../labelled/find_dead_copies.ts";
import { blobsFolder, snapshotFolder } from "../content/store_paths.ts";
import type { PrunedItem, PruneOptions, PruneResult } from "../own/prune_result.ts";
import { listSnapshots } from "../snapshot/list_snapshots.ts";
import { allocatedSize, isDigits, namesIn } from "./file_sizes.ts";
import { findLeftovers } from "./leftovers.ts";
import { findReachable } from "./reachable.ts";
import { removeSnapshot } from "./remove_snapshot.ts";

/** What `prune()` does. */
export async function pruneStore(
  root: string,
  { dryRun = false, signal }: PruneOptions,
): Promise<PruneResult> {
  using _lease = await reserveStore(root, "remove anything from", { signal });
  const { blobs, manifests } = await findReachable(root);
  const removed: PrunedItem[] = [];
  for (const manifest of await listSnapshots(root)) {
    signal?.throwIfAborted();
    if (manifests.has(manifest)) continue;
    const path = snapshotFolder(root, manifest);
    const size = await allocatedSize(path);
    const isRemoved = dryRun ? await isFree(path) : await removeSnapshot(root, manifest);
    if (isRemoved) removed.push({ kind: "snapshot", digest: manifest, path, size });
  }
  const folder = join(blobsFolder(root), "sha256");
  for (const name of await namesIn(folder)) {
    signal?.throwIfAborted();
    const digest = `sha256:${name}`;
    if (!isDigits(name) || blobs.has(digest)) continue;
    const path = join(folder, name);
    removed.push({ kind: "blob", digest, path, size: await allocatedSize(path) });
    if (!dryRun) await removeIfThere(path, { recursive: true });
  }
  removed.push(...await findLeftovers(root, !dryRun));
  // After the snapshots: a copy is of no use without its own.
  for (const copy of await findDeadCopies(dirname(root), !dryRun)) {
    removed.push({ kind: "labelled", ...copy });
  }
  return { removed, size: removed.reduce((sum, { size }) => sum + size, 0) };
}

async function isFree(folder: string): Promise<boolean> {
  using lock = await tryLockFolder(folder);
  return lock !== undefined;
}
