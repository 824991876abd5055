import { Corrupt } from "../volume/corrupt.ts";
import { crc32c } from "../checksum/crc32c.ts";
import { Incompatible } from "../volume/incompatible.ts";

/** The first four bytes of every block that describes the journal. */
export const JBD2_MAGIC = 0xc03b3998;

const BLOCKTYPE_SUPERBLOCK_V1 = 3;
const BLOCKTYPE_SUPERBLOCK_V2 = 4;
const SUPERBLOCK_SIZE = 1024;
const CHECKSUM_OFFSET = 0xfc;
const CHECKSUM_TYPE_CRC32C = 4;
const DEFAULT_FAST_COMMIT_BLOCKS = 256;

const COMPAT_CHECKSUM = 0x1;
const INCOMPAT_64BIT = 0x2;
const INCOMPAT_ASYNC_COMMIT = 0x4;
const INCOMPAT_CSUM_V2 = 0x8;
const INCOMPAT_CSUM_V3 = 0x10;
const INCOMPAT_FAST_COMMIT = 0x20;
/** The bits of `s_feature_incompat` that have a meaning; 1 says that there are revoked blocks. */
const INCOMPAT_KNOWN = 0x3f;

/**
 * The superblock of a journal.
 *
 * Fields that start with `s_` are those of the kernel's `Documentation/filesystems/ext4/journal.rst`; the others are
 * worked out from them. Blocks are counted inside the journal.
 */
export interface JournalSuperblock {
  /** How many blocks the journal has. */
  readonly s_maxlen: number;
  /** The first block of the log. */
  readonly s_first: number;
  /** The number of the first transaction in the log. */
  readonly s_sequence: number;
  /** The block at which the log begins, or 0 if it is empty. */
  readonly s_start: number;
  /** One past the last block of the log. The area of fast commits follows. */
  readonly logEnd: number;
  /** The first block of the area of fast commits, or null if there is none. */
  readonly fastCommitStart: number | null;
  /** How transactions are checked: not at all, as a whole (v1), or block by block in one of two ways (v2, v3). */
  readonly checksums: "none" | "v1" | "v2" | "v3";
  /** The seed of checksums. */
  readonly checksumSeed: number;
  /** Whether the numbers of blocks have 64 bits. */
  readonly is64Bit: boolean;
  /** Whether the end of a transaction may reach the disk before the rest of it. */
  readonly isAsync: boolean;
}

/**
 * Reads and checks the superblock of a journal from its first block, which is changed and changed back. `blocks` is the
 * number of blocks in the journal's file.
 *
 * @throws {Corrupt} If the numbers in it contradict each other, or its checksum is wrong.
 * @throws {Incompatible} If it has a feature that is not supported.
 */
export function parseJournalSuperblock(
  view: DataView<ArrayBuffer>,
  blocks: number,
): JournalSuperblock {
  const h_magic = view.getUint32(0x0);
  const h_blocktype = view.getUint32(0x4);
  const s_blocksize = view.getUint32(0xc);
  const s_maxlen = view.getUint32(0x10);
  const s_first = view.getUint32(0x14);
  const s_sequence = view.getUint32(0x18);
  const s_start = view.getUint32(0x1c);
  const hasFeatures = h_blocktype === BLOCKTYPE_SUPERBLOCK_V2;
  const s_feature_compat = hasFeatures ? view.getUint32(0x24) : 0;
  const s_feature_incompat = hasFeatures ? view.getUint32(0x28) : 0;
  const s_checksum_type = view.getUint8(0x50);
  const s_num_fc_blks = view.getUint32(0x54);

  if (h_magic !== JBD2_MAGIC || (!hasFeatures && h_blocktype !== BLOCKTYPE_SUPERBLOCK_V1)) {
    throw new Corrupt("journal", "it has no superblock");
  }
  const unknown = s_feature_incompat & ~INCOMPAT_KNOWN;
  if (unknown !== 0) {
    throw new Incompatible("the journal", `journal incompat 0x${(unknown >>> 0).toString(16)}`);
  }
  const checksums = checksumKind(s_feature_compat, s_feature_incompat);
  if (checksums === "v2" || checksums === "v3") verifyChecksum(view, s_checksum_type);

  let logEnd = s_maxlen;
  let fastCommitStart: number | null = null;
  if ((s_feature_incompat & INCOMPAT_FAST_COMMIT) !== 0) {
    logEnd -= s_num_fc_blks === 0 ? DEFAULT_FAST_COMMIT_BLOCKS : s_num_fc_blks;
    fastCommitStart = logEnd + 1;
  }
  const hasStart = s_start === 0 || (s_start >= s_first && s_start < logEnd);
  if (s_blocksize !== view.byteLength || s_maxlen > blocks || s_first === 0 || s_first >= logEnd) {
    throw new Corrupt("journal", `its ${s_maxlen} blocks of ${s_blocksize} bytes cannot be`);
  }
  if (!hasStart) throw new Corrupt("journal", `it cannot start with block ${s_start}`);
  const uuid = new DataView(view.buffer, view.byteOffset + 0x30, 16);
  return {
    s_maxlen,
    s_first,
    s_sequence,
    s_start,
    logEnd,
    fastCommitStart,
    checksums,
    checksumSeed: crc32c(0xffffffff, uuid),
    is64Bit: (s_feature_incompat & INCOMPAT_64BIT) !== 0,
    isAsync: (s_feature_incompat & INCOMPAT_ASYNC_COMMIT) !== 0,
  };
}

function checksumKind(compat: number, incompat: number): JournalSuperblock["checksums"] {
  const kinds: JournalSuperblock["checksums"][] = [];
  if ((compat & COMPAT_CHECKSUM) !== 0) kinds.push("v1");
  if ((incompat & INCOMPAT_CSUM_V2) !== 0) kinds.push("v2");
  if ((incompat & INCOMPAT_CSUM_V3) !== 0) kinds.push("v3");
  if (kinds.length > 1) throw new Corrupt("journal", "it has checksums of more than one kind");
  return kinds[0] ?? "none";
}

function verifyChecksum(view: DataView<ArrayBuffer>, s_checksum_type: number): void {
  if (s_checksum_type !== CHECKSUM_TYPE_CRC32C) {
    throw new Incompatible("the journal", `journal checksum type ${s_checksum_type}`);
  }
  const s_checksum = view.getUint32(CHECKSUM_OFFSET);
  view.setUint32(CHECKSUM_OFFSET, 0);
  const crc = crc32c(0xffffffff, view, 0, SUPERBLOCK_SIZE);
  view.setUint32(CHECKSUM_OFFSET, s_checksum);
  if (crc !== s_checksum) throw new Corrupt("journal", "the checksum of its superblock is wrong");
}
