/**
 * The bits of `s_feature_compat`, `s_feature_incompat` and `s_feature_ro_compat` that this code asks for or sets.
 *
 * Source: the kernel's `Documentation/filesystems/ext4/super.rst`.
 *
 * @module
 */

/** `s_feature_compat`: the filesystem has a journal. */
export const COMPAT_HAS_JOURNAL = 0x4;
/** `s_feature_compat`: inodes may have extended attributes. */
export const COMPAT_EXT_ATTR = 0x8;
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
/** `s_feature_incompat`: files may be mapped by extent trees. */
export const INCOMPAT_EXTENTS = 0x40;
/** `s_feature_incompat`: numbers of blocks have more than 32 bits. */
export const INCOMPAT_64BIT = 0x80;
/** `s_feature_incompat`: bitmaps and inode tables may lie in other groups. */
export const INCOMPAT_FLEX_BG = 0x200;
/** `s_feature_incompat`: values of extended attributes may have inodes of their own. */
export const INCOMPAT_EA_INODE = 0x400;
/** `s_feature_incompat`: the seed of checksums is in the superblock instead of made from the UUID. */
export const INCOMPAT_CSUM_SEED = 0x2000;
/** `s_feature_incompat`: folders may be larger than 2 GiB and indexed three levels deep. */
export const INCOMPAT_LARGEDIR = 0x4000;

/** `s_feature_ro_compat`: backups lie only in some groups. */
export const RO_COMPAT_SPARSE_SUPER = 0x1;
/** `s_feature_ro_compat`: files may have 2 GiB and more. */
export const RO_COMPAT_LARGE_FILE = 0x2;
/** `s_feature_ro_compat`: `i_blocks` has 48 bits and may count filesystem blocks. */
export const RO_COMPAT_HUGE_FILE = 0x8;
/** `s_feature_ro_compat`: group descriptors have a CRC-16. */
export const RO_COMPAT_GDT_CSUM = 0x10;
/** `s_feature_ro_compat`: a folder's `i_links_count` is 1 if there are too many folders in it. */
export const RO_COMPAT_DIR_NLINK = 0x20;
/** `s_feature_ro_compat`: inodes have fields after the first 128 bytes. */
export const RO_COMPAT_EXTRA_ISIZE = 0x40;
/** `s_feature_ro_compat`: blocks are allocated in clusters. */
export const RO_COMPAT_BIGALLOC = 0x200;
/** `s_feature_ro_compat`: all metadata has a CRC-32C. */
export const RO_COMPAT_METADATA_CSUM = 0x400;
