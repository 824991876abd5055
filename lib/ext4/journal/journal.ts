import { Corrupt } from "../volume/corrupt.ts";
import { crc32Be } from "../checksum/crc32_be.ts";
import { hasFastCommit } from "./fast_commit.ts";
import { COMPAT_HAS_JOURNAL, INCOMPAT_RECOVER } from "../volume/features.ts";
import { fileRuns } from "../content/file_runs.ts";
import { Incompatible } from "../volume/incompatible.ts";
import type { InodeTable } from "../inode/inode_table.ts";
import {
  hasValidChecksum,
  hasValidTail,
  journalBlockType,
  parseCommit,
  parseRevocations,
  parseTags,
} from "./journal_block.ts";
import { JournalOverlay } from "../volume/journal_overlay.ts";
import { parseJournalSuperblock } from "./journal_superblock.ts";
import type { JournalSuperblock } from "./journal_superblock.ts";
import type { Run } from "../content/run.ts";
import type { Volume } from "../volume/volume.ts";

/** The latest copy of a block in the log so far. */
interface Copy {
  /** The block of the filesystem, inside the journal, that holds the copy. */
  readonly physical: number;
  readonly isEscaped: boolean;
  readonly t_checksum: number;
  readonly sequence: number;
}

/**
 * Finds the latest state of each block in the journal of a filesystem that was not unmounted. `volume` has the blocks
 * as they are on the disk. Null if there is nothing to replay.
 *
 * A transaction at the end of the log that is not there whole is left out, as the kernel does.
 *
 * Source: the kernel's `Documentation/filesystems/ext4/journal.rst`.
 *
 * @throws {Corrupt} If the journal is wrong.
 * @throws {Incompatible} If the journal is elsewhere, or has fast commits, or is of an unknown kind.
 */
export function replayJournal(volume: Volume, inodes: InodeTable): JournalOverlay | null {
  const { s_feature_compat, s_feature_incompat, s_journal_inum } = volume.superblock;
  const needsRecovery = (s_feature_incompat & INCOMPAT_RECOVER) !== 0 &&
    (s_feature_compat & COMPAT_HAS_JOURNAL) !== 0;
  if (!needsRecovery) return null;
  if (s_journal_inum === 0) {
    const why = "it was not unmounted, and its journal is on another device";
    throw new Incompatible("the filesystem", "external_journal", why);
  }
  return new Log(volume, inodes, s_journal_inum).replay();
}

/** The log of a journal, read once from its start to its end. */
class Log {
  readonly #volume: Volume;
  readonly #runs: readonly Run[];
  readonly #superblock: JournalSuperblock;
  readonly #block: DataView<ArrayBuffer>;
  /** From a block's number to its latest copy. */
  readonly #copies = new Map<number, Copy>();

  constructor(volume: Volume, inodes: InodeTable, ino: number) {
    this.#volume = volume;
    const inode = inodes.inode(ino);
    const { blockSize } = volume.superblock;
    const blocks = Math.floor(inode.info.size / blockSize);
    this.#runs = [...fileRuns(volume, inode, 0, blocks)];
    this.#block = new DataView(new ArrayBuffer(blockSize));
    this.#superblock = parseJournalSuperblock(this.#read(0), blocks);
  }

  replay(): JournalOverlay {
    const sequence = this.#scan();
    const { fastCommitStart, s_maxlen } = this.#superblock;
    if (fastCommitStart !== null) {
      if (hasFastCommit(this.#readAll(fastCommitStart, s_maxlen), sequence)) {
        const why =
          "it was not unmounted, and its journal has fast commits, which are not supported";
        throw new Incompatible("the filesystem", "fast_commit", why);
      }
    }
    const overlay = new JournalOverlay(this.#volume.superblock.blockSize);
    for (const [block, copy] of this.#copies) {
      this.#verifyCopy(block, copy);
      overlay.set(block, copy.physical, copy.isEscaped);
    }
    return overlay;
  }

  /** Reads the log up to its end, and returns the number that the next transaction would have had. */
  #scan(): number {
    const superblock = this.#superblock;
    const { s_start, s_first, s_sequence, logEnd, checksums, isAsync } = superblock;
    if (s_start === 0) return s_sequence;
    let sequence = s_sequence;
    let position = s_start;
    /** How much of the log is left: it may wrap around, but not reach its start again. */
    let left = logEnd - s_first;
    const advance = (count: number) => {
      left -= count;
      if (left < 0) throw new Corrupt("journal", "its log wraps around on itself");
      position += count;
      if (position >= logEnd) position -= logEnd - s_first;
    };
    /** The transaction's descriptor and revocation blocks, in order. */
    let pending: { readonly position: number; readonly isDescriptor: boolean }[] = [];
    let transactionChecksum = 0xffffffff;
    let isDamaged = false;
    let lastCommit = 0n;
    while (left > 0) {
      const current = position;
      const block = this.#read(current);
      const type = journalBlockType(block, sequence);
      if (type === null) break;
      advance(1);
      if (type !== "commit") {
        if (!hasValidTail(block, superblock)) isDamaged = true;
        pending.push({ position: current, isDescriptor: type === "descriptor" });
        if (type === "revocation") continue;
        const count = parseTags(block, superblock).length;
        if (checksums === "v1") {
          transactionChecksum = this.#transactionChecksum(transactionChecksum, current, count);
        }
        advance(count);
        continue;
      }
      const { isRight, h_commit_sec } = parseCommit(block, transactionChecksum, superblock);
      if (isDamaged || !isRight) {
        // A transaction older than the one before it is left over from an earlier turn around the log.
        if (h_commit_sec < lastCommit || (isAsync && !isDamaged)) break;
        throw new Corrupt("journal", `a checksum of transaction ${sequence} is wrong`);
      }
      this.#apply(pending, sequence);
      pending = [];
      transactionChecksum = 0xffffffff;
      lastCommit = h_commit_sec;
      sequence = (sequence + 1) >>> 0;
    }
    return sequence;
  }

  /** Takes over a transaction, now that its end was found. */
  #apply(
    pending: readonly { readonly position: number; readonly isDescriptor: boolean }[],
    sequence: number,
  ): void {
    for (const { position, isDescriptor } of pending) {
      if (!isDescriptor) continue;
      let place = position;
      for (const tag of parseTags(this.#read(position), this.#superblock)) {
        place = this.#next(place);
        const { t_blocknr, t_checksum, isEscaped } = tag;
        if (t_blocknr >= this.#volume.sourceBlocks) {
          throw new Corrupt("journal", "a block is outside the filesystem", { block: t_blocknr });
        }
        const physical = this.#physical(place);
        this.#copies.set(t_blocknr, { physical, isEscaped, t_checksum, sequence });
      }
    }
    // A revoked block was freed in this transaction: an earlier copy must not overwrite what took its place.
    for (const { position, isDescriptor } of pending) {
      if (isDescriptor) continue;
      for (const block of parseRevocations(this.#read(position), this.#superblock)) {
        this.#copies.delete(block);
      }
    }
  }

  #transactionChecksum(seed: number, descriptor: number, count: number): number {
    let position = descriptor;
    let crc = crc32Be(seed, new Uint8Array(this.#read(position).buffer));
    for (let index = 0; index < count; index++) {
      position = this.#next(position);
      crc = crc32Be(crc, new Uint8Array(this.#read(position).buffer));
    }
    return crc;
  }

  #verifyCopy(block: number, { physical, t_checksum, sequence }: Copy): void {
    if (this.#superblock.checksums === "none" || this.#superblock.checksums === "v1") return;
    this.#volume.read(new Uint8Array(this.#block.buffer), physical * this.#block.byteLength);
    if (!hasValidChecksum(this.#block, t_checksum, sequence, this.#superblock)) {
      throw new Corrupt("journal", "the checksum of a copy is wrong", { block });
    }
  }

  #next(position: number): number {
    const { s_first, logEnd } = this.#superblock;
    return position + 1 >= logEnd ? s_first : position + 1;
  }

  *#readAll(start: number, end: number): Generator<DataView<ArrayBuffer>> {
    for (let position = start; position < end; position++) yield this.#read(position);
  }

  /** A block of the journal. The next one takes its memory. */
  #read(position: number): DataView<ArrayBuffer> {
    const bytes = new Uint8Array(this.#block.buffer);
    this.#volume.read(bytes, this.#physical(position) * bytes.length);
    return this.#block;
  }

  #physical(position: number): number {
    let low = 0;
    let high = this.#runs.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const { logical, physical, length } = this.#runs[middle]!;
      if (position < logical) high = middle - 1;
      else if (position >= logical + length) low = middle + 1;
      else return physical + position - logical;
    }
    throw new Corrupt("journal", `its file has a hole at block ${position}`);
  }
}
