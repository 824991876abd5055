import type { OwnStore } from "./own_store.ts";
import type { PruneOptions, PruneResult } from "./prune_result.ts";

/**
 * Removes from snapvm's own store what no reference leads to, and what interrupted attempts have left. A snapshot that a
 * running machine uses stays.
 *
 * @param own The store.
 * @param options Whether anything is removed at all.
 * @returns What was removed.
 * @throws {SnapvmError} `store-busy` if another process is bringing an image into the store, and does not end within
 * seconds; `store-unreadable` if the references cannot be read.
 * @throws The signal's reason.
 *
 * @example
 * ```ts
 * import { openOwnStore, prune } from "@x/snapvm";
 * import assert from "node:assert/strict";
 *
 * const home = await Deno.makeTempDir();
 * const own = await openOwnStore({ env: { SNAPVM_HOME: home } });
 * assert.deepEqual(await prune(own, { dryRun: true }), { removed: [], size: 0 });
 * await Deno.remove(home, { recursive: true });
 * ```
 */
export async function prune(own: OwnStore, options: PruneOptions = {}): Promise<PruneResult> {
  const { pruneStore } = await import(
    import.meta.resolve("../upkeep/prune_store.ts")
  ) as typeof import("../upkeep/prune_store.ts");
  return await pruneStore(own.root, options);
}
