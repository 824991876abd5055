import { Corrupt } from "../volume/corrupt.ts";
import { GroupDescriptors } from "./group_descriptors.ts";
import { parseInode } from "./inode.ts";
import type { Inode } from "./inode.ts";
import type { Volume } from "../volume/volume.ts";

/** A part of the inode tables in memory, which is used again for another part. */
interface Piece {
  start: number;
  end: number;
  readonly view: DataView<ArrayBuffer>;
}

/** How much is read for a single inode: no more than a page, since the next one may be anywhere. */
const SINGLE_READ = 4096;

/** How much is read at once where many inodes are wanted. */
const RUN_READ = 32 * 1024;

/** How many pieces are kept. */
const PIECES = 12;

/** The inodes of a filesystem. */
export class InodeTable {
  readonly #volume: Volume;
  readonly #groups: GroupDescriptors;
  /** The pieces in memory, the one used last first. */
  readonly #pieces: Piece[] = [];

  /**
   * Takes the blocks that the inodes are read from.
   *
   * @param volume The filesystem's blocks.
   */
  constructor(volume: Volume) {
    this.#volume = volume;
    this.#groups = new GroupDescriptors(volume);
  }

  /**
   * One inode, whole.
   *
   * @param ino The inode's number.
   * @returns The inode.
   * @throws {Corrupt} Where there is no such inode, or it is not in use or wrong.
   */
  inode(ino: number): Inode {
    const position = this.#position(ino);
    const piece = this.#piece(position, SINGLE_READ);
    return parseInode(ino, piece.view, position - piece.start, this.#volume.superblock);
  }

  /**
   * Where the bytes of one of many inodes are: the tables are read in runs, so that a run is read once where the
   * inodes come in the order of their numbers.
   *
   * @param ino The inode's number.
   * @returns The bytes, which are valid until the next call, and the inode's position in them.
   * @throws {Corrupt} Where there is no such inode.
   */
  locate(ino: number): { readonly view: DataView<ArrayBuffer>; readonly offset: number } {
    const position = this.#position(ino);
    const piece = this.#piece(position, RUN_READ);
    return { view: piece.view, offset: position - piece.start };
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
    const room = Math.max(RUN_READ, s_inode_size);
    const piece = pieces.length < PIECES
      ? { start, end, view: new DataView(new ArrayBuffer(room)) }
      : pieces.pop()!;
    // Nothing is there as long as it is not known whether the read succeeds.
    piece.end = piece.start = start;
    pieces.unshift(piece);
    this.#volume.read(new Uint8Array(piece.view.buffer, 0, end - start), start);
    piece.end = end;
    return piece;
  }
}
