import type { ImageSource } from "../../oci/mod.ts";
import type { StoredSourceOptions } from "./stored_source_options.ts";

/**
 * Opens an image that is in a store, Apple's or snapvm's own, as a source: to unpack it, to save it, to bring it
 * elsewhere. Its blobs are read where they lie. An image of a single platform, for which `container` has made up an
 * index, is given as the manifest that it was.
 *
 * @param image A reference, or the beginning of a digest of an index or a manifest.
 * @param options Where to look.
 * @returns The image, from the first store that has it whole for the platform.
 * @throws {SnapvmError} `image-not-found` if no store has it; `ambiguous-digest`; `blob-not-found` if layers of it are
 * missing in all stores; `image-unreadable` if its documents cannot be read.
 *
 * @example Which layers an image has
 * ```ts
 * import { openStores, storedSource } from "@x/snapvm";
 * import { parseManifest } from "@x/snapvm/oci";
 *
 * async function printLayers(image: string): Promise<void> {
 *   await using source = await storedSource(image, { stores: await openStores() });
 *   const { bytes } = await source.root();
 *   for (const { digest, size } of parseManifest(bytes).layers) console.log(digest, size);
 * }
 * ```
 */
export async function storedSource(
  image: string,
  options: StoredSourceOptions,
): Promise<ImageSource> {
  const { openStoredImage } = await import(
    import.meta.resolve("../content/open_stored_image.ts")
  ) as typeof import("../content/open_stored_image.ts");
  return (await openStoredImage(image, options)).source;
}
