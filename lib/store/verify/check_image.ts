import type { OpenedImage } from "../lookup/open_image.ts";
import type { CheckImageOptions, ImageCheck } from "./image_check.ts";

/**
 * Checks whether a snapshot is what its layers say: names, types, modes, owners, times of change, targets, devices,
 * extended attributes, hard links and contents; and whether its tree is sound in itself.
 *
 * The layers are read by the rules by which they are unpacked, and verified. Memory is bounded by the number of their
 * entries: the process takes about 200 MiB for a hundred thousand of them, and 480 MiB for a million.
 *
 * @param opened The image.
 * @param options How to check.
 * @returns What was found.
 * @throws {SnapvmError} `corrupt-blob`, `corrupt-layer` or `unsupported-layer` if a layer cannot be read.
 *
 * @example
 * ```ts
 * import { checkImage, openImage } from "@x/snapvm";
 * import assert from "node:assert/strict";
 *
 * // Of an ext4 file nobody knows the layers.
 * using opened = await openImage("./tests/fixtures/tiny.ext4");
 * const { findings, uncompared } = await checkImage(opened);
 * assert.deepEqual(findings, []);
 * assert.match(uncompared!, /no layers/);
 * ```
 */
export async function checkImage(
  opened: OpenedImage,
  options: CheckImageOptions = {},
): Promise<ImageCheck> {
  const { checkOpenedImage } = await import(
    import.meta.resolve("./check_opened_image.ts")
  ) as typeof import("./check_opened_image.ts");
  return await checkOpenedImage(opened, options);
}
