/**
 * Sizes and flags of inodes.
 *
 * Source: the kernel's `Documentation/filesystems/ext4/inodes.rst`.
 *
 * @module
 */

/** The size of the part that every ext2 inode has, in bytes. `i_extra_isize` is the size of the fields after it. */
export const GOOD_OLD_INODE_SIZE = 128;

/** `i_flags`: the content or the names are encrypted. */
export const EXT4_ENCRYPT_FL = 0x800;
/** `i_flags`: the folder is indexed. */
export const EXT4_INDEX_FL = 0x1000;
/** `i_flags`: `i_blocks` counts blocks of the filesystem. */
export const EXT4_HUGE_FILE_FL = 0x40000;
/** `i_flags`: `i_block` is the root of an extent tree. */
export const EXT4_EXTENTS_FL = 0x80000;
/** `i_flags`: the content is the value of an extended attribute. */
export const EXT4_EA_INODE_FL = 0x200000;
/** `i_flags`: the content is in the inode itself. */
export const EXT4_INLINE_DATA_FL = 0x10000000;
/** `i_flags`: names in the folder differ by more than case. */
export const EXT4_CASEFOLD_FL = 0x40000000;
