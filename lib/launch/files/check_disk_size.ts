import { SnapvmError } from "../../error/mod.ts";

const MIB = 2 ** 20;

/** Without copies of the superblock at their usual places Linux does not grow a filesystem that is mounted. */
const UNGROWABLE = "sparse_super2";

/**
 * Looks at the size that the clone of an image's disk is to have.
 *
 * @param snapshot The image's filesystem.
 * @param superblock Its superblock.
 * @param requested The size in bytes; `undefined` for that of the image.
 * @returns The size if it is larger than the image's; else `undefined`.
 * @throws {SnapvmError} `disk-too-small` if it is smaller, `disk-not-growable` if the guest could not use it.
 */
export async function checkDiskSize(
  snapshot: string,
  { features }: { readonly features: readonly string[] },
  requested: number | undefined,
): Promise<number | undefined> {
  if (requested === undefined) return undefined;
  const { size } = await Deno.stat(snapshot);
  if (requested === size) return undefined;
  if (requested < size) {
    throw new SnapvmError(
      "disk-too-small",
      `Cannot make a disk of ${mebibytes(requested)}: the image's has ${mebibytes(size)}, ` +
        "of which only what is used takes room",
      { data: { requested, minimum: size } },
    );
  }
  if (!features.includes(UNGROWABLE)) return requested;
  throw new SnapvmError(
    "disk-not-growable",
    `Cannot make a disk of ${mebibytes(requested)}: the image's has ${mebibytes(size)}, and ` +
      `Linux does not grow a filesystem with the feature ${UNGROWABLE}`,
    { data: { requested, size, feature: UNGROWABLE } },
  );
}

function mebibytes(bytes: number): string {
  return `${Math.floor(bytes / MIB)}M`;
}
