import { SnapvmError } from "../../error/mod.ts";

/**
 * Looks at the size that the clone of an image's disk is to have.
 *
 * @param snapshot The image's filesystem.
 * @param requested The size in bytes; `undefined` for that of the image.
 * @returns The size if it is larger than the image's; else `undefined`.
 * @throws {SnapvmError} `disk-too-small` if it is smaller.
 */
export async function checkDiskSize(
  snapshot: string,
  requested: number | undefined,
): Promise<number | undefined> {
  if (requested === undefined) return undefined;
  const { size } = await Deno.stat(snapshot);
  if (requested === size) return undefined;
  if (requested > size) return requested;
  throw new SnapvmError(
    "disk-too-small",
    `Cannot make the disk ${requested} bytes large: the image's filesystem has ${size} bytes`,
    { data: { requested, minimum: size } },
  );
}
