import type { ImageSource } from "../../oci/mod.ts";
import type { AddedImage, AddImageOptions } from "./added_image.ts";
import type { OwnStore } from "./own_store.ts";

/**
 * Brings one platform of an image into snapvm's own store, and unpacks it while it arrives. A blob or a snapshot that is
 * there already is used; one that another process is bringing is waited for. The reference leads to the image when
 * everything is whole.
 *
 * @param own The store.
 * @param source Where the image comes from.
 * @param options What to bring.
 * @returns What has become of it.
 * @throws {SnapvmError} `not-an-image` if the source has something else; `platform-not-found` if the image is not made
 * for the platform; `invalid-reference`; `corrupt-blob` if bytes do not have their digest; `corrupt-layer` or
 * `unsupported-layer` if a layer cannot be unpacked; `disk-full` if the disk has no room, and what this attempt has
 * brought is removed then; what the source throws.
 * @throws The signal's reason.
 *
 * @example A root filesystem becomes an image
 * ```ts
 * import { addImage, openOwnStore } from "@x/snapvm";
 * import { openImport } from "@x/snapvm/oci";
 *
 * async function addFolder(path: string): Promise<void> {
 *   const own = await openOwnStore();
 *   await using source = await openImport(path);
 *   const { snapshot } = await addImage(own, source, { reference: "example.com/system:1" });
 *   console.log(snapshot?.path);
 * }
 * ```
 */
export async function addImage(
  own: OwnStore,
  source: ImageSource,
  options: AddImageOptions = {},
): Promise<AddedImage> {
  const { bringImage } = await import(
    import.meta.resolve("../content/bring_image.ts")
  ) as typeof import("../content/bring_image.ts");
  return await bringImage(own.root, source, options);
}
