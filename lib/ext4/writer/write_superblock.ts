import { crc32c } from "../checksum/crc32c.ts";
import {
  COMPAT_DIR_INDEX,
  COMPAT_EXT_ATTR,
  COMPAT_HAS_JOURNAL,
  COMPAT_SPARSE_SUPER2,
  INCOMPAT_64BIT,
  INCOMPAT_EA_INODE,
  INCOMPAT_EXTENTS,
  INCOMPAT_FILETYPE,
  INCOMPAT_FLEX_BG,
  INCOMPAT_LARGEDIR,
  RO_COMPAT_DIR_NLINK,
  RO_COMPAT_EXTRA_ISIZE,
  RO_COMPAT_GDT_CSUM,
  RO_COMPAT_HUGE_FILE,
  RO_COMPAT_LARGE_FILE,
  RO_COMPAT_METADATA_CSUM,
} from "../volume/features.ts";
import { MAGIC, SUPERBLOCK_SIZE } from "../volume/superblock.ts";
import { BLOCKS_PER_GROUP, type Geometry, INODE_SIZE } from "./geometry.ts";

/** What the superblock says besides the constants. */
export interface SuperblockContent {
  /** How the filesystem is divided. */
  readonly geometry: Geometry;
  /** How many blocks are free. */
  readonly freeBlocks: number;
  /** How many inodes are free. */
  readonly freeInodes: number;
  /** The UUID. */
  readonly uuid: Uint8Array<ArrayBuffer>;
  /** The seed of the hash of names. */
  readonly hashSeed: Uint8Array<ArrayBuffer>;
  /** The label. */
  readonly label: Uint8Array<ArrayBuffer>;
  /** When it was made, in seconds since 1970. */
  readonly time: number;
  /** Whether metadata has checksums. */
  readonly hasChecksums: boolean;
  /** Whether values of extended attributes have inodes. */
  readonly hasValueInodes: boolean;
  /** Whether there is a folder that needs the `large_dir` feature. */
  readonly hasLargeFolder: boolean;
  /** The inode of the journal as it is stored; undefined if there is none. */
  readonly journal: DataView<ArrayBuffer> | undefined;
}

const JOURNAL_INO = 8;
const FIRST_INO = 11;
/** The size of the fields of an inode after the first 128 bytes. */
const EXTRA_ISIZE = 32;
const STATE_CLEAN = 1;
const ERRORS_CONTINUE = 1;
const HASH_HALF_MD4 = 1;
const FLAGS_UNSIGNED_HASH = 0x2;
const DEFAULT_MOUNT_USER_XATTR_AND_ACL = 0xc;
/** 16 groups, as `mke2fs` has it. */
const LOG_GROUPS_PER_FLEX = 4;
const JOURNAL_BACKUP_BLOCKS = 1;
const CHECKSUM_TYPE_CRC32C = 1;

/**
 * Writes the superblock at `offset`, where there are zeros. There are no backups, as in Apple's images.
 *
 * Source: the kernel's `Documentation/filesystems/ext4/super.rst`.
 */
export function writeSuperblock(
  content: SuperblockContent,
  bytes: Uint8Array<ArrayBuffer>,
  view: DataView<ArrayBuffer>,
  offset: number,
): void {
  const { geometry, journal, time } = content;
  const u8 = (at: number, value: number) => view.setUint8(offset + at, value);
  const u16 = (at: number, value: number) => view.setUint16(offset + at, value, true);
  const u32 = (at: number, value: number) => view.setUint32(offset + at, value % 2 ** 32, true);
  const high = (at: number, value: number) => u32(at, Math.floor(value / 2 ** 32));
  u32(0x0, geometry.inodesPerGroup * geometry.groups);
  u32(0x4, geometry.blocks);
  u32(0xc, content.freeBlocks);
  u32(0x10, content.freeInodes);
  u32(0x18, 2); // blocks of 4096 bytes
  u32(0x1c, 2);
  u32(0x20, BLOCKS_PER_GROUP);
  u32(0x24, BLOCKS_PER_GROUP);
  u32(0x28, geometry.inodesPerGroup);
  u32(0x30, time);
  u16(0x36, 0xffff); // no check after a number of mounts
  u16(0x38, MAGIC);
  u16(0x3a, STATE_CLEAN);
  u16(0x3c, ERRORS_CONTINUE);
  u32(0x40, time);
  u32(0x4c, 1); // inodes have a size of their own
  u32(0x54, FIRST_INO);
  u16(0x58, INODE_SIZE);
  u32(
    0x5c,
    COMPAT_EXT_ATTR | COMPAT_DIR_INDEX | COMPAT_SPARSE_SUPER2 |
      (journal === undefined ? 0 : COMPAT_HAS_JOURNAL),
  );
  u32(
    0x60,
    INCOMPAT_FILETYPE | INCOMPAT_EXTENTS | INCOMPAT_FLEX_BG |
      (geometry.is64Bit ? INCOMPAT_64BIT : 0) |
      (content.hasValueInodes ? INCOMPAT_EA_INODE : 0) |
      (content.hasLargeFolder ? INCOMPAT_LARGEDIR : 0),
  );
  u32(
    0x64,
    RO_COMPAT_LARGE_FILE | RO_COMPAT_HUGE_FILE | RO_COMPAT_DIR_NLINK | RO_COMPAT_EXTRA_ISIZE |
      (content.hasChecksums ? RO_COMPAT_METADATA_CSUM : RO_COMPAT_GDT_CSUM),
  );
  bytes.set(content.uuid, offset + 0x68);
  bytes.set(content.label, offset + 0x78);
  bytes.set(content.hashSeed, offset + 0xec);
  u8(0xfc, HASH_HALF_MD4);
  u16(0xfe, geometry.is64Bit ? geometry.descriptorSize : 0);
  u32(0x100, DEFAULT_MOUNT_USER_XATTR_AND_ACL);
  u32(0x108, time);
  high(0x150, geometry.blocks);
  high(0x158, content.freeBlocks);
  u16(0x15c, EXTRA_ISIZE);
  u16(0x15e, EXTRA_ISIZE);
  u32(0x160, FLAGS_UNSIGNED_HASH);
  u8(0x174, LOG_GROUPS_PER_FLEX);
  u8(0x274, Math.floor(time / 2 ** 32)); // s_wtime_hi
  u8(0x276, Math.floor(time / 2 ** 32)); // s_mkfs_time_hi
  u8(0x277, Math.floor(time / 2 ** 32)); // s_lastcheck_hi
  if (journal !== undefined) {
    u32(0xe0, JOURNAL_INO);
    u8(0xfd, JOURNAL_BACKUP_BLOCKS);
    // s_jnl_blocks: i_block, then the size with its upper half first.
    for (let at = 0; at < 60; at += 4) u32(0x10c + at, journal.getUint32(0x28 + at, true));
    u32(0x148, journal.getUint32(0x6c, true));
    u32(0x14c, journal.getUint32(0x4, true));
  }
  if (content.hasChecksums) {
    u8(0x175, CHECKSUM_TYPE_CRC32C);
    u32(0x3fc, crc32c(0xffffffff, view, offset, offset + SUPERBLOCK_SIZE - 4));
  }
}
