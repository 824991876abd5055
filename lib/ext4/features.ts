/**
 * The bits of `s_feature_compat`, `s_feature_incompat` and `s_feature_ro_compat` that the reader asks for.
 *
 * Source: the kernel's `Documentation/filesystems/ext4/super.rst`.
 *
 * @module
 */

import { Incompatible } from "./incompatible.ts";

/** `s_feature_compat`: the filesystem has a journal. */
export const COMPAT_HAS_JOURNAL = 0x4;
/** `s_feature_compat`: folders may be indexed (htree). */
export const COMPAT_DIR_INDEX = 0x20;
/** `s_feature_compat`: the backups lie in the two groups of `s_backup_bgs`. */
export const COMPAT_SPARSE_SUPER2 = 0x200;

/** `s_feature_incompat`: directory entries carry the type of the file. */
export const INCOMPAT_FILETYPE = 0x2;
/** `s_feature_incompat`: the journal holds blocks that are not yet in their place. */
export const INCOMPAT_RECOVER = 0x4;
/** `s_feature_incompat`: group descriptors lie in the groups that they describe. */
export const INCOMPAT_META_BG = 0x10;
/** `s_feature_incompat`: numbers of blocks have more than 32 bits. */
export const INCOMPAT_64BIT = 0x80;
/** `s_feature_incompat`: the seed of checksums is in the superblock instead of made from the UUID. */
export const INCOMPAT_CSUM_SEED = 0x2000;
/** `s_feature_incompat`: folders may be larger than 2 GiB and indexed three levels deep. */
export const INCOMPAT_LARGEDIR = 0x4000;

/** `s_feature_ro_compat`: backups lie only in some groups. */
export const RO_COMPAT_SPARSE_SUPER = 0x1;
/** `s_feature_ro_compat`: `i_blocks` has 48 bits and may count filesystem blocks. */
export const RO_COMPAT_HUGE_FILE = 0x8;
/** `s_feature_ro_compat`: group descriptors have a CRC-16. */
export const RO_COMPAT_GDT_CSUM = 0x10;
/** `s_feature_ro_compat`: blocks are allocated in clusters. */
export const RO_COMPAT_BIGALLOC = 0x200;
/** `s_feature_ro_compat`: all metadata has a CRC-32C. */
export const RO_COMPAT_METADATA_CSUM = 0x400;

/** Every bit of `s_feature_incompat` that has a name, and whether the reader can do without knowing more of it. */
const INCOMPAT_FEATURES: readonly (readonly [bit: number, name: string, supported: boolean])[] = [
  [0x1, "compression", false],
  [0x2, "filetype", true],
  [0x4, "needs_recovery", true],
  [0x8, "journal_dev", false],
  [0x10, "meta_bg", true],
  [0x40, "extents", true],
  [0x80, "64bit", true],
  [0x100, "mmp", true],
  [0x200, "flex_bg", true],
  [0x400, "ea_inode", true],
  [0x1000, "dirdata", false],
  [0x2000, "metadata_csum_seed", true],
  [0x4000, "large_dir", true],
  [0x8000, "inline_data", true],
  [0x10000, "encrypt", true],
  [0x20000, "casefold", true],
];

/**
 * Refuses a filesystem with a feature that the reader does not know.
 *
 * @param s_feature_incompat The features that a reader has to know.
 * @throws {Incompatible} With the name of the first feature that is not known.
 */
export function checkFeatures(s_feature_incompat: number): void {
  let unknown = s_feature_incompat;
  for (const [bit, name, supported] of INCOMPAT_FEATURES) {
    if ((s_feature_incompat & bit) === 0) continue;
    if (!supported) throw new Incompatible("the filesystem", name);
    unknown &= ~bit;
  }
  if (unknown !== 0) {
    const bits = (unknown >>> 0).toString(16);
    throw new Incompatible("the filesystem", `incompat 0x${bits}`);
  }
}
