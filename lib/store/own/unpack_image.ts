import type { AddedImage } from "./added_image.ts";
import type { OwnStore } from "./own_store.ts";
import type { UnpackImageOptions } from "./unpack_image_options.ts";

/**
 * Makes a snapshot in snapvm's own store out of the layers that a store has, Apple's included. The layers are read where
 * they lie; only the image's documents are copied.
 *
 * @param own The store that gets the snapshot.
 * @param image A reference, or the beginning of a digest.
 * @param options Where to look, and for what.
 * @returns The image in snapvm's own store.
 * @throws {SnapvmError} `image-not-found` if no store has the image; `blob-not-found` if layers of it are missing;
 * `snapshot-in-use` if it is to be made again and a running machine uses it; and what {@linkcode addImage} throws.
 * @throws The signal's reason.
 *
 * @example
 * ```ts
 * import { openOwnStore, openStores, unpackImage } from "@x/snapvm";
 *
 * async function unpack(image: string): Promise<void> {
 *   const { snapshot } = await unpackImage(await openOwnStore(), image, {
 *     stores: await openStores(),
 *   });
 *   console.log(snapshot?.path);
 * }
 * ```
 */
export async function unpackImage(
  own: OwnStore,
  image: string,
  options: UnpackImageOptions,
): Promise<AddedImage> {
  const { unpackStored } = await import(
    import.meta.resolve("../content/unpack_stored.ts")
  ) as typeof import("../content/unpack_stored.ts");
  return await unpackStored(own, image, options);
}
