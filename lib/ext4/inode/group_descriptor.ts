import { Corrupt } from "../volume/corrupt.ts";
import { crc16 } from "../checksum/crc16.ts";
import { crc32c, crc32cOfNumber } from "../checksum/crc32c.ts";
import { INCOMPAT_64BIT, RO_COMPAT_GDT_CSUM, RO_COMPAT_METADATA_CSUM } from "../volume/features.ts";
import type { Superblock } from "../volume/superblock.ts";

const CHECKSUM_OFFSET = 0x1e;

/** `bg_flags`: neither the bitmap nor the table of inodes was ever written. */
const BG_INODE_UNINIT = 0x1;

/** A checksum field counts as zeros in the checksum of the structure that holds it. */
const ZEROS = new DataView(new ArrayBuffer(4));

/**
 * Reads all that a reader needs from a group descriptor: the block with which the group's inode table starts.
 *
 * Source: the kernel's `Documentation/filesystems/ext4/group_descr.rst`.
 *
 * @throws {Corrupt} If the checksum is wrong or the table is not inside the filesystem.
 */
export function parseGroupDescriptor(
  view: DataView<ArrayBuffer>,
  offset: number,
  group: number,
  superblock: Superblock,
): number {
  const { s_feature_incompat, s_first_data_block, s_blocks_count } = superblock;
  const is64Bit = (s_feature_incompat & INCOMPAT_64BIT) !== 0;
  const bg_inode_table_lo = view.getUint32(offset + 0x8, true);
  const bg_checksum = view.getUint16(offset + CHECKSUM_OFFSET, true);
  const bg_inode_table_hi = is64Bit ? view.getUint32(offset + 0x28, true) : 0;

  const checksum = descriptorChecksum(view, offset, group, superblock);
  if (checksum !== null && checksum !== bg_checksum) {
    throw new Corrupt("group descriptor", "its checksum is wrong", { group });
  }
  const bg_inode_table = bg_inode_table_hi * 0x1_0000_0000 + bg_inode_table_lo;
  const { s_inodes_per_group, s_inode_size, blockSize } = superblock;
  const length = Math.ceil(s_inodes_per_group * s_inode_size / blockSize);
  if (bg_inode_table <= s_first_data_block || bg_inode_table + length > s_blocks_count) {
    throw new Corrupt("group descriptor", "its inode table is outside the filesystem", { group });
  }
  return bg_inode_table;
}

/** How the inodes of a group are used. */
export interface InodeUse {
  /** The block with a bit for each inode, which is set if it is used. */
  readonly bg_inode_bitmap: number;
  /** How many inodes from the first one on may be used. */
  readonly length: number;
}

/**
 * Reads from a group descriptor which inodes are used. The descriptor was checked before.
 *
 * Source: the kernel's `Documentation/filesystems/ext4/group_descr.rst`.
 *
 * @throws {Corrupt} If the bitmap is not inside the filesystem.
 */
export function parseInodeUse(
  view: DataView<ArrayBuffer>,
  offset: number,
  group: number,
  superblock: Superblock,
): InodeUse {
  const { s_feature_incompat, s_feature_ro_compat, s_blocks_count, s_inodes_per_group } =
    superblock;
  const is64Bit = (s_feature_incompat & INCOMPAT_64BIT) !== 0;
  const bg_inode_bitmap_lo = view.getUint32(offset + 0x4, true);
  const bg_free_inodes_count_lo = view.getUint16(offset + 0xe, true);
  const bg_flags = view.getUint16(offset + 0x12, true);
  const bg_itable_unused_lo = view.getUint16(offset + 0x1c, true);
  const bg_inode_bitmap_hi = is64Bit ? view.getUint32(offset + 0x24, true) : 0;
  const bg_free_inodes_count_hi = is64Bit ? view.getUint16(offset + 0x2e, true) : 0;
  const bg_itable_unused_hi = is64Bit ? view.getUint16(offset + 0x32, true) : 0;

  const bg_inode_bitmap = bg_inode_bitmap_hi * 0x1_0000_0000 + bg_inode_bitmap_lo;
  const free = bg_free_inodes_count_hi * 0x10000 + bg_free_inodes_count_lo;
  // Flags and the count of what was never used mean something only with checksums.
  const hasFlags = (s_feature_ro_compat & (RO_COMPAT_GDT_CSUM | RO_COMPAT_METADATA_CSUM)) !== 0;
  const isUnused = (hasFlags && (bg_flags & BG_INODE_UNINIT) !== 0) || free >= s_inodes_per_group;
  if (isUnused) return { bg_inode_bitmap, length: 0 };
  if (bg_inode_bitmap >= s_blocks_count) {
    throw new Corrupt("group descriptor", "its bitmap is outside the filesystem", { group });
  }
  const unused = hasFlags ? bg_itable_unused_hi * 0x10000 + bg_itable_unused_lo : 0;
  return { bg_inode_bitmap, length: Math.max(0, s_inodes_per_group - unused) };
}

/** The checksum of a group descriptor at `offset`; null if it has none. */
export function descriptorChecksum(
  view: DataView<ArrayBuffer>,
  offset: number,
  group: number,
  superblock: Pick<
    Superblock,
    | "descriptorSize"
    | "hasMetadataChecksums"
    | "checksumSeed"
    | "descriptorChecksumSeed"
    | "s_feature_ro_compat"
  >,
): number | null {
  const checksumEnd = offset + CHECKSUM_OFFSET + 2;
  const end = offset + superblock.descriptorSize;
  if (superblock.hasMetadataChecksums) {
    let crc = crc32cOfNumber(superblock.checksumSeed, group);
    crc = crc32c(crc, view, offset, offset + CHECKSUM_OFFSET);
    crc = crc32c(crc, ZEROS, 0, 2);
    return crc32c(crc, view, checksumEnd, end) & 0xffff;
  }
  if ((superblock.s_feature_ro_compat & RO_COMPAT_GDT_CSUM) === 0) return null;
  const number = new DataView(new ArrayBuffer(4));
  number.setUint32(0, group, true);
  let crc = crc16(superblock.descriptorChecksumSeed, number);
  crc = crc16(crc, view, offset, offset + CHECKSUM_OFFSET);
  return crc16(crc, view, checksumEnd, end);
}
