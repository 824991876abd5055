import { Corrupt } from "./corrupt.ts";
import { FileInfo } from "./file_info.ts";
import { checkInode } from "./inode.ts";
import type { InodeTable } from "./inode_table.ts";
import type { Superblock } from "./superblock.ts";

/** The most inodes of a batch: so many names of a folder are looked at together. */
const LARGEST = 4096;

/** How much of an inode has the fields that there are: what follows is for extended attributes. */
const FIELDS_SIZE = 160;

/**
 * Inodes that are read in the order of the tables, and handed out in the order in which they were asked for.
 *
 * They are kept as bytes, in memory that is used again for the next batch, and become objects one by one: objects that
 * have to wait for their turn would make the memory of the whole program grow.
 */
export class InodeBatch {
  readonly #superblock: Superblock;
  readonly #size: number;
  /** What is wrong with an inode, by its index. */
  readonly #errors = new Map<number, Corrupt>();
  #inos = new Uint32Array(16);
  #fields = new DataView(new ArrayBuffer(0));
  #length = 0;
  #isOrdered = true;

  /**
   * An empty batch.
   *
   * @param superblock The superblock.
   */
  constructor(superblock: Superblock) {
    this.#superblock = superblock;
    this.#size = Math.min(superblock.s_inode_size, FIELDS_SIZE);
  }

  /** How many inodes are in it. */
  get length(): number {
    return this.#length;
  }

  /** Whether no other inode can be added. */
  get isFull(): boolean {
    return this.#length === LARGEST;
  }

  /** Empties it. */
  clear(): void {
    this.#length = 0;
    this.#isOrdered = true;
    this.#errors.clear();
  }

  /**
   * Adds an inode, unless it is full.
   *
   * @param ino The inode's number.
   */
  add(ino: number): void {
    if (this.#length === this.#inos.length) {
      const longer = new Uint32Array(Math.min(2 * this.#length, LARGEST));
      longer.set(this.#inos);
      this.#inos = longer;
    }
    if (this.#length > 0 && this.#inos[this.#length - 1]! > ino) this.#isOrdered = false;
    this.#inos[this.#length++] = ino;
  }

  /**
   * Reads the inodes that were added.
   *
   * @param inodes The filesystem's inodes.
   */
  read(inodes: InodeTable): void {
    const room = this.#length * this.#size;
    if (this.#fields.byteLength < room) {
      this.#fields = new DataView(new ArrayBuffer(room));
    }
    const inos = this.#inos;
    const order = new Uint32Array(this.#length);
    for (let index = 0; index < order.length; index++) order[index] = index;
    if (!this.#isOrdered) order.sort((left, right) => inos[left]! - inos[right]!);
    for (const index of order) {
      try {
        this.#keep(index, inodes);
      } catch (error) {
        if (!(error instanceof Corrupt)) throw error;
        this.#errors.set(index, error);
      }
    }
  }

  #keep(index: number, inodes: InodeTable): void {
    const ino = this.#inos[index]!;
    const { view, offset } = inodes.locate(ino);
    checkInode(ino, view, offset, this.#superblock);
    const start = index * this.#size;
    for (let field = 0; field < this.#size; field += 4) {
      this.#fields.setUint32(start + field, view.getUint32(offset + field));
    }
  }

  /**
   * One of the inodes that were read.
   *
   * @param index Which one, in the order in which they were added.
   * @returns What there is to know besides the content, or what is wrong with it.
   */
  info(index: number): FileInfo | Corrupt {
    const error = this.#errors.get(index);
    if (error !== undefined) return error;
    try {
      return new FileInfo(
        this.#inos[index]!,
        this.#fields,
        index * this.#size,
        this.#superblock,
      );
    } catch (error) {
      if (!(error instanceof Corrupt)) throw error;
      return error;
    }
  }
}
