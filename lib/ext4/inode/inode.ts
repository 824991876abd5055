import { Corrupt } from "../volume/corrupt.ts";
import { crc32c, crc32cOfNumber } from "../checksum/crc32c.ts";
import { INCOMPAT_64BIT } from "../volume/features.ts";
import { FileInfo } from "./file_info.ts";
import { GOOD_OLD_INODE_SIZE } from "./inode_fields.ts";
import type { Superblock } from "../volume/superblock.ts";

const EXT4_OS_LINUX = 0;
const CHECKSUM_LO_OFFSET = 0x7c;
const CHECKSUM_HI_OFFSET = 0x82;

/** An inode, with what leads to the content and the extended attributes. */
export interface Inode {
  /** All about it except the content. */
  readonly info: FileInfo;
  /** `i_block`: the root of the extent tree, the block map, a short link's target or the start of inline data. */
  readonly i_block: DataView<ArrayBuffer>;
  /** The block with extended attributes, or 0. */
  readonly i_file_acl: number;
  /** The bytes after the inode's fields: extended attributes, or nothing. */
  readonly body: DataView<ArrayBuffer>;
  /** The seed of the CRC-32C of the inode's own metadata blocks; 0 if there are no checksums. */
  readonly checksumSeed: number;
}

/**
 * Checks that an inode is in use, and its checksum. The bytes at `offset` are changed and changed back.
 *
 * @throws {Corrupt} If it is not in use, or its checksum is wrong.
 */
export function checkInode(
  ino: number,
  view: DataView<ArrayBuffer>,
  offset: number,
  superblock: Superblock,
): void {
  const i_mode = view.getUint16(offset, true);
  const i_links_count = view.getUint16(offset + 0x1a, true);
  if (i_mode === 0 || i_links_count === 0) {
    throw new Corrupt("inode", "a name leads to it, but it is not in use", { inode: ino });
  }
  if (superblock.hasMetadataChecksums && superblock.s_creator_os === EXT4_OS_LINUX) {
    verifyChecksum(ino, view, offset, superblock);
  }
}

/**
 * Reads an inode whole, and checks it. It keeps bytes of its own; those at `offset` are changed and changed back.
 *
 * Source: the kernel's `Documentation/filesystems/ext4/inodes.rst`.
 *
 * @throws {Corrupt} If the inode is not in use, or its checksum is wrong.
 */
export function parseInode(
  ino: number,
  view: DataView<ArrayBuffer>,
  offset: number,
  superblock: Superblock,
): Inode {
  checkInode(ino, view, offset, superblock);
  const info = new FileInfo(ino, view, offset, superblock);
  const { s_inode_size, s_feature_incompat, hasMetadataChecksums, checksumSeed } = superblock;
  const start = view.byteOffset + offset;
  const bytes = view.buffer.slice(start, start + s_inode_size);
  const i_file_acl_lo = view.getUint32(offset + 0x68, true);
  const l_i_file_acl_high = view.getUint16(offset + 0x76, true);
  const has64Bit = (s_feature_incompat & INCOMPAT_64BIT) !== 0;
  const i_extra_isize = s_inode_size > GOOD_OLD_INODE_SIZE
    ? view.getUint16(offset + 0x80, true)
    : 0;
  const bodyStart = i_extra_isize === 0 ? s_inode_size : GOOD_OLD_INODE_SIZE + i_extra_isize;
  return {
    info,
    i_block: new DataView(bytes, 0x28, 60),
    i_file_acl: i_file_acl_lo + (has64Bit ? l_i_file_acl_high * 0x1_0000_0000 : 0),
    body: new DataView(bytes, bodyStart),
    checksumSeed: hasMetadataChecksums
      ? crc32cOfNumber(crc32cOfNumber(checksumSeed, ino), info.generation)
      : 0,
  };
}

function verifyChecksum(
  ino: number,
  view: DataView<ArrayBuffer>,
  offset: number,
  superblock: Superblock,
): void {
  const { s_inode_size, checksumSeed } = superblock;
  const i_generation = view.getUint32(offset + 0x64, true);
  const i_checksum_lo = view.getUint16(offset + CHECKSUM_LO_OFFSET, true);
  const hasHigh = s_inode_size > GOOD_OLD_INODE_SIZE &&
    GOOD_OLD_INODE_SIZE + view.getUint16(offset + 0x80, true) >= CHECKSUM_HI_OFFSET + 2;
  const i_checksum_hi = hasHigh ? view.getUint16(offset + CHECKSUM_HI_OFFSET, true) : 0;

  view.setUint16(offset + CHECKSUM_LO_OFFSET, 0, true);
  if (hasHigh) view.setUint16(offset + CHECKSUM_HI_OFFSET, 0, true);
  const seed = crc32cOfNumber(crc32cOfNumber(checksumSeed, ino), i_generation);
  const crc = crc32c(seed, view, offset, offset + s_inode_size);
  view.setUint16(offset + CHECKSUM_LO_OFFSET, i_checksum_lo, true);
  if (hasHigh) view.setUint16(offset + CHECKSUM_HI_OFFSET, i_checksum_hi, true);

  const wanted = hasHigh ? i_checksum_hi * 0x10000 + i_checksum_lo : i_checksum_lo;
  if ((hasHigh ? crc : crc & 0xffff) !== wanted) {
    throw new Corrupt("inode", "its checksum is wrong", { inode: ino });
  }
}
