import { hasCode } from "../../error/mod.ts";
import type { OpenedImage } from "../lookup/open_image.ts";

/** What nearly every system needs to boot, besides its kernel. A folder that others have read costs nothing more. */
const BOOT_NAMES = ["/sbin/init", "/etc/os-release", "/etc/passwd", "/etc/fstab"] as const;

/** A sign that unpacking went wrong. */
export interface DeadNames {
  /** What cannot be read though it has a name, and why. */
  readonly names: readonly { readonly path: string; readonly reason: string }[];
  /** Whether all layers are in the store, so that another snapshot can be made of them. */
  readonly hasLayers: boolean;
}

/**
 * Looks whether a snapshot has names of dead inodes where a system boots: a sign, found in a millisecond, that
 * unpacking the image went wrong. {@linkcode checkImage} finds everything.
 *
 * @param opened The image.
 * @param paths More paths that matter, such as that of the kernel.
 * @returns The names; `undefined` if there are none.
 *
 * @example
 * ```ts
 * import { findDeadNames, openImage } from "@x/snapvm";
 * import assert from "node:assert/strict";
 *
 * using opened = await openImage("./tests/fixtures/tiny.ext4");
 * assert.equal(await findDeadNames(opened), undefined);
 * ```
 */
export async function findDeadNames(
  { image, root }: OpenedImage,
  paths: readonly string[] = [],
): Promise<DeadNames | undefined> {
  const names: DeadNames["names"][number][] = [];
  for (const path of new Set([...BOOT_NAMES, ...paths])) {
    try {
      await root.exists(path);
    } catch (error) {
      if (!hasCode(error, "corrupt-filesystem")) throw error;
      names.push({ path, reason: error.message });
    }
  }
  if (names.length === 0) return undefined;
  const { findLayers } = await import(
    import.meta.resolve("./find_layers.ts")
  ) as typeof import("./find_layers.ts");
  const { layers } = await findLayers(image);
  return { names, hasLayers: layers !== undefined };
}
