import { Corrupt, Ext4, Incompatible } from "../ext4/mod.ts";

/**
 * Why a snapshot is no whole filesystem; `undefined` where it is one, as far as its superblock and
 * its root folder tell.
 *
 * `container` passes over errors while it closes a new filesystem, and its superblock is what it
 * writes last: on a full disk the outcome looks like a snapshot, and has none.
 */
export async function snapshotFault(path: string): Promise<string | undefined> {
  try {
    using _filesystem = await Ext4.open(path);
    return undefined;
  } catch (error) {
    // That is for whoever wants to read it to say: the guest may know the feature.
    if (error instanceof Incompatible) return undefined;
    if (error instanceof Corrupt) return `it holds no whole filesystem (${error.message})`;
    throw error;
  }
}
