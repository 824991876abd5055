import { Corrupt } from "../volume/corrupt.ts";
import { crc16 } from "../checksum/crc16.ts";
import { crc32c, crc32cOfNumber } from "../checksum/crc32c.ts";
import { INCOMPAT_64BIT, RO_COMPAT_GDT_CSUM } from "../volume/features.ts";
import type { Superblock } from "../volume/superblock.ts";

const CHECKSUM_OFFSET = 0x1e;

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

function descriptorChecksum(
  view: DataView<ArrayBuffer>,
  offset: number,
  group: number,
  superblock: Superblock,
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
