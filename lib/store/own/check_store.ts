import type { OwnStore } from "./own_store.ts";
import type { CheckStoreOptions, StoreCheck } from "./store_check.ts";

/**
 * Verifies everything in snapvm's own store: the digest of each blob, the documents of each reference, whether each
 * image is whole, the snapshots' superblocks, permissions; and finds what is half made, not needed or unknown. What
 * other processes are bringing meanwhile is left out.
 *
 * @param own The store.
 * @param options Whether to remove what is damaged.
 * @returns What was found.
 * @throws {SnapvmError} `store-busy` if it is to be repaired while another process is bringing an image into it.
 * @throws The signal's reason.
 *
 * @example
 * ```ts
 * import { checkStore, openOwnStore } from "@x/snapvm";
 * import assert from "node:assert/strict";
 *
 * const home = await Deno.makeTempDir();
 * const own = await openOwnStore({ env: { SNAPVM_HOME: home } });
 * const { isWhole, findings } = await checkStore(own);
 * assert.deepEqual([isWhole, findings], [true, []]);
 * await Deno.remove(home, { recursive: true });
 * ```
 */
export async function checkStore(
  own: OwnStore,
  options: CheckStoreOptions = {},
): Promise<StoreCheck> {
  const { verifyStore } = await import(
    import.meta.resolve("../upkeep/verify_store.ts")
  ) as typeof import("../upkeep/verify_store.ts");
  return await verifyStore(own.root, options);
}
