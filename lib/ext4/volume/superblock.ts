import { Corrupt } from "./corrupt.ts";
import { crc16 } from "../checksum/crc16.ts";
import { crc32c } from "../checksum/crc32c.ts";
import { decodeText } from "./decode_text.ts";
import { checkFeatures, featureNames } from "./feature_names.ts";
import {
  INCOMPAT_64BIT,
  INCOMPAT_CSUM_SEED,
  INCOMPAT_EA_INODE,
  RO_COMPAT_BIGALLOC,
  RO_COMPAT_METADATA_CSUM,
} from "./features.ts";
import { Incompatible } from "./incompatible.ts";
import { formatUuid } from "./uuid.ts";

/** The position of the superblock in the filesystem, in bytes. */
export const SUPERBLOCK_OFFSET = 1024;

/** The size of the superblock in bytes. */
export const SUPERBLOCK_SIZE = 1024;

/**
 * The fields of the superblock, by the names of the kernel's `Documentation/filesystems/ext4/super.rst`, with the low and
 * high halves of a number joined.
 */
export interface SuperblockFields {
  /** How many inodes there are. */
  readonly s_inodes_count: number;
  /** How many blocks there are. */
  readonly s_blocks_count: number;
  /** How many blocks only the superuser may allocate. */
  readonly s_r_blocks_count: number;
  /** How many blocks are free. */
  readonly s_free_blocks_count: number;
  /** How many inodes are free. */
  readonly s_free_inodes_count: number;
  /** The block with which the first group starts: 1 if blocks have 1 KiB and are not clustered, else 0. */
  readonly s_first_data_block: number;
  /** The block size is 2 to the power of 10 + this. */
  readonly s_log_block_size: number;
  /** The cluster size is 2 to the power of 10 + this. */
  readonly s_log_cluster_size: number;
  /** How many blocks a group has. */
  readonly s_blocks_per_group: number;
  /** How many inodes a group has. */
  readonly s_inodes_per_group: number;
  /** When it was last mounted, in seconds since 1970. */
  readonly s_mtime: number;
  /** When it was last written, in seconds since 1970. */
  readonly s_wtime: number;
  /** How often it has been mounted since it was last checked. */
  readonly s_mnt_count: number;
  /** Bit 1: cleanly unmounted; bit 2: errors were found; bit 4: orphans are being recovered. */
  readonly s_state: number;
  /** The system that made it: 0 Linux, 1 Hurd, 2 Masix, 3 FreeBSD, 4 Lites. */
  readonly s_creator_os: number;
  /** 0: the original format; 1: inodes of other sizes than 128 bytes. */
  readonly s_rev_level: number;
  /** The first inode that is not reserved. */
  readonly s_first_ino: number;
  /** The size of an inode in bytes. */
  readonly s_inode_size: number;
  /** Features that even a writer need not know. */
  readonly s_feature_compat: number;
  /** Features that a reader has to know. */
  readonly s_feature_incompat: number;
  /** Features that a writer has to know. */
  readonly s_feature_ro_compat: number;
  /** The filesystem's UUID. */
  readonly s_uuid: string;
  /** The label. */
  readonly s_volume_name: string;
  /** Where it was last mounted. */
  readonly s_last_mounted: string;
  /** How many blocks after the group descriptors are kept for more of them. */
  readonly s_reserved_gdt_blocks: number;
  /** The UUID of the external journal; all zero if the journal is in the filesystem. */
  readonly s_journal_uuid: string;
  /** The journal's inode, or 0. */
  readonly s_journal_inum: number;
  /** The device number of the external journal, or 0. */
  readonly s_journal_dev: number;
  /** The first inode that was deleted while open, or 0. */
  readonly s_last_orphan: number;
  /** The seed of the hash by which folders are indexed: four 32-bit numbers. */
  readonly s_hash_seed: readonly number[];
  /** The hash by which folders are indexed unless they say otherwise. */
  readonly s_def_hash_version: number;
  /** The size of a group descriptor if the `64bit` feature is set. */
  readonly s_desc_size: number;
  /** The first group whose descriptor lies in its own meta group. */
  readonly s_first_meta_bg: number;
  /** When it was made, in seconds since 1970. */
  readonly s_mkfs_time: number;
  /** Bit 1: signed hash of folders; bit 2: unsigned hash; bit 4: for testing. */
  readonly s_flags: number;
  /** A flex group has 2 to the power of this many groups. */
  readonly s_log_groups_per_flex: number;
  /** The kind of the metadata's checksums: 1 is CRC-32C. */
  readonly s_checksum_type: number;
  /** The two groups that have backups under the `sparse_super2` feature. */
  readonly s_backup_bgs: readonly number[];
  /** The inode that counts what projects use, or 0. */
  readonly s_prj_quota_inum: number;
  /** The inode that lists files which were deleted while open, or 0. */
  readonly s_orphan_file_inum: number;
  /** The seed of checksums if the `metadata_csum_seed` feature is set. */
  readonly s_checksum_seed: number;
  /** The checksum of the superblock. */
  readonly s_checksum: number;
}

/**
 * The superblock, which describes the filesystem as a whole. Members without `s_` are worked out from the others.
 *
 * @example
 * ```ts
 * import { Ext4, type Superblock } from "@x/snapvm/ext4";
 *
 * using filesystem = await Ext4.open("tests/fixtures/tiny.ext4");
 * const { s_uuid, s_blocks_count, blockSize }: Superblock = filesystem.superblock;
 * console.log(s_uuid, s_blocks_count * blockSize);
 * ```
 */
export interface Superblock extends SuperblockFields {
  /** The names of all features that are set, as `dumpe2fs` has them. */
  readonly features: readonly string[];
  /** The size of a block in bytes. */
  readonly blockSize: number;
  /** The size of a cluster in bytes: the block size, except under the `bigalloc` feature. */
  readonly clusterSize: number;
  /** How many groups there are. */
  readonly groupCount: number;
  /** The size of a group descriptor in bytes. */
  readonly descriptorSize: number;
  /** Whether metadata carries a CRC-32C. */
  readonly hasMetadataChecksums: boolean;
  /** The seed of the CRC-32C of metadata and of values of extended attributes; 0 if neither has one. */
  readonly checksumSeed: number;
  /** The seed of the CRC-16 of group descriptors. */
  readonly descriptorChecksumSeed: number;
}

/** `s_magic`. Source: the kernel's `Documentation/filesystems/ext4/super.rst`. */
export const MAGIC = 0xef53;
const CHECKSUM_TYPE_CRC32C = 1;
const MAX_LOG_BLOCK_SIZE = 6;

function corrupt(why: string): Corrupt {
  return new Corrupt("superblock", why);
}

function readText(bytes: Uint8Array, start: number, length: number): string {
  const text = bytes.subarray(start, start + length);
  const end = text.indexOf(0);
  return decodeText(end < 0 ? text : text.subarray(0, end));
}

/**
 * Reads a superblock from its 1024 bytes, and checks that its fields agree with each other.
 *
 * @throws {Corrupt} If the magic number or the checksum is wrong, or the numbers contradict each other.
 * @throws {Incompatible} If it has a feature that is not supported.
 */
export function parseSuperblock(bytes: Uint8Array<ArrayBuffer>): Superblock {
  const view = new DataView(bytes.buffer, bytes.byteOffset, SUPERBLOCK_SIZE);
  const u8 = (offset: number) => view.getUint8(offset);
  const u16 = (offset: number) => view.getUint16(offset, true);
  const u32 = (offset: number) => view.getUint32(offset, true);

  const s_magic = u16(0x38);
  if (s_magic !== MAGIC) {
    throw corrupt(
      `it is not an ext2, ext3 or ext4 filesystem (magic number 0x${s_magic.toString(16)})`,
    );
  }
  const s_rev_level = u32(0x4c);
  const s_feature_compat = u32(0x5c);
  const s_feature_incompat = u32(0x60);
  const s_feature_ro_compat = u32(0x64);
  const s_checksum_type = u8(0x175);
  const s_checksum = u32(0x3fc);
  const hasMetadataChecksums = (s_feature_ro_compat & RO_COMPAT_METADATA_CSUM) !== 0;
  if (hasMetadataChecksums && s_checksum_type === CHECKSUM_TYPE_CRC32C) {
    if (crc32c(0xffffffff, view, 0, 0x3fc) !== s_checksum) throw corrupt("its checksum is wrong");
  } else if (hasMetadataChecksums) {
    throw new Incompatible("the filesystem", `checksum type ${s_checksum_type}`);
  }
  checkFeatures(s_feature_incompat);

  const is64Bit = (s_feature_incompat & INCOMPAT_64BIT) !== 0;
  const high = (offset: number) => is64Bit ? u32(offset) * 0x1_0000_0000 : 0;
  const superblock = {
    s_inodes_count: u32(0x0),
    s_blocks_count: u32(0x4) + high(0x150),
    s_r_blocks_count: u32(0x8) + high(0x154),
    s_free_blocks_count: u32(0xc) + high(0x158),
    s_free_inodes_count: u32(0x10),
    s_first_data_block: u32(0x14),
    s_log_block_size: u32(0x18),
    s_log_cluster_size: u32(0x1c),
    s_blocks_per_group: u32(0x20),
    s_inodes_per_group: u32(0x28),
    s_mtime: u32(0x2c),
    s_wtime: u32(0x30),
    s_mnt_count: u16(0x34),
    s_state: u16(0x3a),
    s_creator_os: u32(0x48),
    s_rev_level,
    s_first_ino: s_rev_level === 0 ? 11 : u32(0x54),
    s_inode_size: s_rev_level === 0 ? 128 : u16(0x58),
    s_feature_compat,
    s_feature_incompat,
    s_feature_ro_compat,
    s_uuid: formatUuid(bytes, 0x68),
    s_volume_name: readText(bytes, 0x78, 16),
    s_last_mounted: readText(bytes, 0x88, 64),
    s_reserved_gdt_blocks: u16(0xce),
    s_journal_uuid: formatUuid(bytes, 0xd0),
    s_journal_inum: u32(0xe0),
    s_journal_dev: u32(0xe4),
    s_last_orphan: u32(0xe8),
    s_hash_seed: [u32(0xec), u32(0xf0), u32(0xf4), u32(0xf8)],
    s_def_hash_version: u8(0xfc),
    s_desc_size: u16(0xfe),
    s_first_meta_bg: u32(0x104),
    s_mkfs_time: u32(0x108),
    s_flags: u32(0x160),
    s_log_groups_per_flex: u8(0x174),
    s_checksum_type,
    s_backup_bgs: [u32(0x24c), u32(0x250)],
    s_prj_quota_inum: u32(0x26c),
    s_orphan_file_inum: u32(0x280),
    s_checksum_seed: u32(0x270),
    s_checksum,
  };
  const uuid = new DataView(bytes.buffer, bytes.byteOffset + 0x68, 16);
  const needsSeed = hasMetadataChecksums || (s_feature_incompat & INCOMPAT_EA_INODE) !== 0;
  const geometry = checkGeometry(superblock);
  return {
    ...superblock,
    ...geometry,
    features: featureNames(s_feature_compat, s_feature_incompat, s_feature_ro_compat),
    descriptorSize: is64Bit ? superblock.s_desc_size : 32,
    hasMetadataChecksums,
    checksumSeed: (s_feature_incompat & INCOMPAT_CSUM_SEED) !== 0
      ? superblock.s_checksum_seed
      : needsSeed
      ? crc32c(0xffffffff, uuid)
      : 0,
    descriptorChecksumSeed: crc16(0xffff, uuid),
  };
}

function isPowerOfTwo(value: number): boolean {
  return value > 0 && (value & (value - 1)) === 0;
}

function checkGeometry(
  superblock: SuperblockFields,
): Pick<Superblock, "blockSize" | "clusterSize" | "groupCount"> {
  const { s_log_block_size, s_log_cluster_size, s_blocks_count, s_first_data_block } = superblock;
  const { s_blocks_per_group, s_inodes_per_group, s_inodes_count, s_inode_size } = superblock;
  if (s_log_block_size > MAX_LOG_BLOCK_SIZE) {
    throw corrupt(`a block cannot have 2^${10 + s_log_block_size} bytes`);
  }
  const blockSize = 1024 << s_log_block_size;
  let clusterSize = blockSize;
  if ((superblock.s_feature_ro_compat & RO_COMPAT_BIGALLOC) !== 0) {
    if (s_log_cluster_size < s_log_block_size || s_log_cluster_size > 20) {
      throw corrupt(`a cluster cannot have 2^${10 + s_log_cluster_size} bytes`);
    }
    clusterSize = 1024 << s_log_cluster_size;
  }
  if (s_inode_size < 128 || s_inode_size > blockSize || !isPowerOfTwo(s_inode_size)) {
    throw corrupt(`an inode cannot have ${s_inode_size} bytes`);
  }
  if ((superblock.s_feature_incompat & INCOMPAT_64BIT) !== 0) {
    const { s_desc_size } = superblock;
    if (s_desc_size < 64 || s_desc_size > blockSize || !isPowerOfTwo(s_desc_size)) {
      throw corrupt(`a group descriptor cannot have ${s_desc_size} bytes`);
    }
  }
  const bits = 8 * blockSize;
  if (s_inodes_per_group === 0 || s_inodes_per_group > bits) {
    throw corrupt(`a group cannot have ${s_inodes_per_group} inodes`);
  }
  if (s_blocks_per_group === 0 || s_blocks_per_group / (clusterSize / blockSize) > bits) {
    throw corrupt(`a group cannot have ${s_blocks_per_group} blocks`);
  }
  if (s_first_data_block > 1 || s_first_data_block >= s_blocks_count) {
    throw corrupt(`the first of ${s_blocks_count} blocks cannot be ${s_first_data_block}`);
  }
  if (s_blocks_count > 2 ** 48) throw corrupt(`there cannot be ${s_blocks_count} blocks`);
  const groupCount = Math.ceil((s_blocks_count - s_first_data_block) / s_blocks_per_group);
  if (s_inodes_count !== groupCount * s_inodes_per_group) {
    throw corrupt(`${groupCount} groups of ${s_inodes_per_group} inodes are not ${s_inodes_count}`);
  }
  return { blockSize, clusterSize, groupCount };
}
