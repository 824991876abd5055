/**
 * The blocks of a journal's log.
 *
 * Source: the kernel's `Documentation/filesystems/ext4/journal.rst`. All numbers are big-endian.
 *
 * @module
 */

import { Corrupt } from "../volume/corrupt.ts";
import { crc32c, crc32cOfNumber } from "../checksum/crc32c.ts";
import { JBD2_MAGIC } from "./journal_superblock.ts";
import type { JournalSuperblock } from "./journal_superblock.ts";

const HEADER_SIZE = 12;
const UUID_SIZE = 16;
/** The checksum at the end of descriptor and revocation blocks. */
const TAIL_SIZE = 4;

const TAG_FLAG_ESCAPE = 0x1;
const TAG_FLAG_SAME_UUID = 0x2;
const TAG_FLAG_LAST = 0x8;

const CHECKSUM_TYPE_NONE = 0;
const CHECKSUM_TYPE_CRC32 = 1;
const CHECKSUM_SIZE_CRC32 = 4;
const COMMIT_CHECKSUM_OFFSET = 0x10;

/** What a block of the log is. */
export type JournalBlockType = "descriptor" | "commit" | "revocation";

/** Says which block a copy in the log is a copy of. */
export interface JournalTag {
  /** The number of the block in the filesystem. */
  readonly t_blocknr: number;
  /** The checksum of the copy; 16 bits in "v2", 32 bits in "v3". */
  readonly t_checksum: number;
  /** Whether the copy's first four bytes were replaced by zeros. */
  readonly isEscaped: boolean;
}

/**
 * What a block of the log is. Null if it does not belong to the transaction with the number `sequence`: the log ends
 * there.
 */
export function journalBlockType(view: DataView, sequence: number): JournalBlockType | null {
  const h_magic = view.getUint32(0);
  const h_blocktype = view.getUint32(4);
  const h_sequence = view.getUint32(8);
  if (h_magic !== JBD2_MAGIC || h_sequence !== sequence) return null;
  switch (h_blocktype) {
    case 1:
      return "descriptor";
    case 2:
      return "commit";
    case 5:
      return "revocation";
    default:
      return null;
  }
}

function hasTail({ checksums }: JournalSuperblock): boolean {
  return checksums === "v2" || checksums === "v3";
}

/** Whether the checksum at the end of a descriptor or revocation block is right; also true if the journal has none. */
export function hasValidTail(view: DataView, superblock: JournalSuperblock): boolean {
  if (!hasTail(superblock)) return true;
  const end = view.byteLength - TAIL_SIZE;
  const crc = crc32cOfNumber(crc32c(superblock.checksumSeed, view, 0, end), 0);
  return crc === view.getUint32(end);
}

/** Reads the tags of a descriptor block, one for each copy that follows it in the log, in that order. */
export function parseTags(view: DataView, superblock: JournalSuperblock): JournalTag[] {
  const { checksums, is64Bit } = superblock;
  const isV3 = checksums === "v3";
  const size = isV3 ? 16 : 8 + (checksums === "v2" ? 2 : 0) + (is64Bit ? 4 : 0);
  const end = view.byteLength - (hasTail(superblock) ? TAIL_SIZE : 0);
  const tags: JournalTag[] = [];
  let offset = HEADER_SIZE;
  while (offset + size <= end) {
    const t_blocknr = view.getUint32(offset);
    const t_flags = isV3 ? view.getUint32(offset + 4) : view.getUint16(offset + 6);
    const t_checksum = isV3 ? view.getUint32(offset + 12) : view.getUint16(offset + 4);
    const t_blocknr_high = is64Bit ? view.getUint32(offset + 8) : 0;
    tags.push({
      t_blocknr: t_blocknr_high * 0x1_0000_0000 + t_blocknr,
      t_checksum,
      isEscaped: (t_flags & TAG_FLAG_ESCAPE) !== 0,
    });
    offset += size + ((t_flags & TAG_FLAG_SAME_UUID) !== 0 ? 0 : UUID_SIZE);
    if ((t_flags & TAG_FLAG_LAST) !== 0) break;
  }
  return tags;
}

/**
 * Whether the copy of a block has the checksum in its tag; also true if tags have none. `sequence` is the number of the
 * transaction.
 */
export function hasValidChecksum(
  view: DataView,
  t_checksum: number,
  sequence: number,
  superblock: JournalSuperblock,
): boolean {
  if (!hasTail(superblock)) return true;
  const number = new DataView(new ArrayBuffer(4));
  number.setUint32(0, sequence);
  const crc = crc32c(crc32c(superblock.checksumSeed, number), view);
  return (superblock.checksums === "v3" ? crc : crc & 0xffff) === t_checksum;
}

/**
 * Reads a revocation block: the numbers of blocks whose copies up to this transaction must not be used.
 *
 * @throws {Corrupt} If it has more of them than there is room for.
 */
export function parseRevocations(view: DataView, superblock: JournalSuperblock): number[] {
  const r_count = view.getUint32(HEADER_SIZE);
  const end = view.byteLength - (hasTail(superblock) ? TAIL_SIZE : 0);
  if (r_count > end) throw new Corrupt("journal", `${r_count} bytes of revocations cannot be`);
  const size = superblock.is64Bit ? 8 : 4;
  const blocks: number[] = [];
  for (let offset = HEADER_SIZE + 4; offset + size <= r_count; offset += size) {
    const high = superblock.is64Bit ? view.getUint32(offset) : 0;
    blocks.push(high * 0x1_0000_0000 + view.getUint32(offset + size - 4));
  }
  return blocks;
}

/** The end of a transaction. */
export interface JournalCommit {
  /** Whether its checksum is right; also true if there is none. */
  readonly isRight: boolean;
  /** When it was written, in seconds since 1970. */
  readonly h_commit_sec: bigint;
}

/** Reads a commit block. `transactionChecksum` is the checksum of all blocks of the transaction, which "v1" has. */
export function parseCommit(
  view: DataView,
  transactionChecksum: number,
  superblock: JournalSuperblock,
): JournalCommit {
  const h_chksum_type = view.getUint8(0xc);
  const h_chksum_size = view.getUint8(0xd);
  const h_chksum = view.getUint32(COMMIT_CHECKSUM_OFFSET);
  const h_commit_sec = view.getBigUint64(0x30);
  let isRight = true;
  if (superblock.checksums === "v1") {
    const isUnused = h_chksum_type === CHECKSUM_TYPE_NONE && h_chksum_size === 0 && h_chksum === 0;
    isRight = isUnused || (h_chksum_type === CHECKSUM_TYPE_CRC32 &&
      h_chksum_size === CHECKSUM_SIZE_CRC32 && h_chksum === transactionChecksum);
  } else if (hasTail(superblock)) {
    let crc = crc32c(superblock.checksumSeed, view, 0, COMMIT_CHECKSUM_OFFSET);
    crc = crc32cOfNumber(crc, 0);
    isRight = crc32c(crc, view, COMMIT_CHECKSUM_OFFSET + 4) === h_chksum;
  }
  return { isRight, h_commit_sec };
}
