import { Corrupt } from "../volume/corrupt.ts";
import { FileInfo } from "./file_info.ts";
import { GroupDescriptors } from "./group_descriptors.ts";
import { checkInode, parseInode } from "./inode.ts";
import type { Inode } from "./inode.ts";
import type { Volume } from "../volume/volume.ts";

/** A part of the inode tables in memory, which another part takes over later. */
interface Piece {
  start: number;
  end: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The same bytes. */
  readonly view: DataView<ArrayBuffer>;
}

/** How much is read for a single inode: no more than a page, since the next one may be anywhere. */
const SINGLE_READ = 4096;

/** How much is read at once if many inodes are wanted. */
const RUN_READ = 32 * 1024;

/** How much of an inode its fields take; extended attributes follow. */
const FIELDS_SIZE = 160;

/** How many pieces are kept. */
const MAX_PIECES = 12;

/** The inodes of a filesystem. */
export class InodeTable {
  readonly #volume: Volume;
  readonly #groups: GroupDescriptors;
  /** The pieces in memory, the one that was last used first. */
  readonly #pieces: Piece[] = [];

  /** Takes the blocks that the inodes are read from. */
  constructor(volume: Volume) {
    this.#volume = volume;
    this.#groups = new GroupDescriptors(volume);
  }

  /**
   * One inode, whole.
   *
   * @throws {Corrupt} If there is no such inode, or it is not in use or wrong.
   */
  inode(ino: number): Inode {
    const position = this.#position(ino);
    const piece = this.#piece(position, SINGLE_READ);
    return parseInode(ino, piece.view, position - piece.start, this.#volume.superblock);
  }

  /**
   * Checks one of many inodes, and copies its first `length` bytes to `start` in `target`. The tables are read in runs,
   * each of them once if the inodes come in the order of their numbers.
   *
   * @throws {Corrupt} If there is no such inode, or it is not in use or its checksum is wrong.
   */
  readFields(ino: number, target: Uint8Array, start: number, length: number): void {
    const position = this.#position(ino);
    const piece = this.#piece(position, RUN_READ);
    const offset = position - piece.start;
    checkInode(ino, piece.view, offset, this.#volume.superblock);
    target.set(piece.bytes.subarray(offset, offset + length), start);
  }

  /**
   * All inodes that are used, in the order of their numbers, whether a name leads to them or not. Those that are marked
   * as used and hold nothing are left out, and those whose checksum is wrong.
   *
   * @throws {Corrupt} If a group descriptor is wrong.
   */
  *used(): Generator<FileInfo> {
    const { superblock } = this.#volume;
    const { groupCount, s_inodes_per_group, s_inode_size } = superblock;
    const fields = new Uint8Array(Math.min(s_inode_size, FIELDS_SIZE));
    const view = new DataView(fields.buffer);
    for (let group = 0; group < groupCount; group++) {
      const { bg_inode_bitmap, length } = this.#groups.inodeUse(group);
      if (length === 0) continue;
      const bitmap = this.#volume.block(bg_inode_bitmap).bytes.slice();
      for (let index = 0; index < length; index++) {
        if ((bitmap[index >>> 3]! & 1 << (index & 7)) === 0) continue;
        const ino = group * s_inodes_per_group + index + 1;
        try {
          this.readFields(ino, fields, 0, fields.length);
          yield new FileInfo(ino, view, 0, superblock);
        } catch (error) {
          if (!(error instanceof Corrupt)) throw error;
        }
      }
    }
  }

  #position(ino: number): number {
    const { s_inodes_count, s_inodes_per_group, s_inode_size, blockSize } = this.#volume.superblock;
    if (ino === 0 || ino > s_inodes_count) {
      throw new Corrupt("inode", `there are only ${s_inodes_count} inodes`, { inode: ino });
    }
    const group = Math.floor((ino - 1) / s_inodes_per_group);
    const index = (ino - 1) % s_inodes_per_group;
    return this.#groups.inodeTable(group) * blockSize + index * s_inode_size;
  }

  /** A piece that holds the whole inode at `position`. */
  #piece(position: number, length: number): Piece {
    const pieces = this.#pieces;
    for (let index = 0; index < pieces.length; index++) {
      const piece = pieces[index]!;
      if (position < piece.start || position >= piece.end) continue;
      if (index > 0) {
        pieces.splice(index, 1);
        pieces.unshift(piece);
      }
      return piece;
    }
    const { s_blocks_count, s_inode_size, blockSize } = this.#volume.superblock;
    const unit = Math.max(SINGLE_READ, s_inode_size);
    const start = position - position % unit;
    const end = Math.min(start + Math.max(length, unit), s_blocks_count * blockSize);
    const piece = pieces.length < MAX_PIECES
      ? emptyPiece(Math.max(RUN_READ, s_inode_size))
      : pieces.pop()!;
    // If the read fails, nothing is in the piece.
    piece.end = piece.start = start;
    pieces.unshift(piece);
    this.#volume.read(piece.bytes.subarray(0, end - start), start);
    piece.end = end;
    return piece;
  }
}

function emptyPiece(size: number): Piece {
  const bytes = new Uint8Array(size);
  return { start: 0, end: 0, bytes, view: new DataView(bytes.buffer) };
}
