import { Corrupt, Ext4, Incompatible } from "../../ext4/mod.ts";

/**
 * Says why a snapshot is not a whole filesystem; `undefined` if its superblock and root folder show no fault.
 *
 * `container` ignores errors while it closes a new filesystem, and it writes the superblock last: on a full disk the
 * result looks like a snapshot, but has no superblock.
 */
export async function snapshotFault(path: string): Promise<string | undefined> {
  try {
    using _filesystem = await Ext4.open(path);
    return undefined;
  } catch (error) {
    // Not a fault: the guest's kernel may know the feature.
    if (error instanceof Incompatible) return undefined;
    if (error instanceof Corrupt) return `it does not hold a whole filesystem (${error.message})`;
    throw error;
  }
}
