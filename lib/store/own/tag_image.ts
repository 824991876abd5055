import type { OwnStore } from "./own_store.ts";

/**
 * Gives an image of snapvm's own store one more reference. If another image has it, it leads to this one then.
 *
 * @param own The store.
 * @param image A reference, or the beginning of the digest of an index or a manifest: that of an image without a
 * reference, too.
 * @param reference The new reference; it is completed as those of images on Docker's registry are.
 * @returns The full new reference.
 * @throws {SnapvmError} `image-not-found` if the store has no such image; `ambiguous-digest`; `invalid-reference`;
 * `store-unreadable`.
 *
 * @example
 * ```ts
 * import { openOwnStore, tagImage } from "@x/snapvm";
 *
 * async function rename(image: string): Promise<void> {
 *   await tagImage(await openOwnStore(), image, "example.com/system:2");
 * }
 * ```
 */
export async function tagImage(own: OwnStore, image: string, reference: string): Promise<string> {
  const { addReference } = await import(
    import.meta.resolve("../state/name_images.ts")
  ) as typeof import("../state/name_images.ts");
  return await addReference(own, image, reference);
}
