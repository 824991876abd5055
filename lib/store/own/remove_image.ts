import type { OwnStore } from "./own_store.ts";

/** A reference that {@linkcode removeImage} has removed. */
export interface RemovedImage {
  /** The full reference. */
  readonly reference: string;
}

/**
 * Takes a reference away from snapvm's own store. What it led to stays until {@linkcode prune}, unless another
 * reference leads there.
 *
 * @param own The store.
 * @param image The reference, or the beginning of the digest of an image that has no more than one.
 * @returns The reference.
 * @throws {SnapvmError} `image-not-found` if the store has no such reference; `ambiguous-digest`; `store-unreadable`.
 *
 * @example
 * ```ts
 * import { hasCode, openOwnStore, removeImage } from "@x/snapvm";
 * import assert from "node:assert/strict";
 *
 * const home = await Deno.makeTempDir();
 * const own = await openOwnStore({ env: { SNAPVM_HOME: home } });
 * await assert.rejects(
 *   removeImage(own, "example.com/system:1"),
 *   (error) => hasCode(error, "image-not-found"),
 * );
 * await Deno.remove(home, { recursive: true });
 * ```
 */
export async function removeImage(own: OwnStore, image: string): Promise<RemovedImage> {
  const { removeReference } = await import(
    import.meta.resolve("../state/name_images.ts")
  ) as typeof import("../state/name_images.ts");
  return { reference: await removeReference(own, image) };
}
