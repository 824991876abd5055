import { Corrupt } from "../volume/corrupt.ts";
import type { RawEntry, RawName } from "../directory/directory_block.ts";
import { FileInfo } from "../inode/file_info.ts";
import { checkInode } from "../inode/inode.ts";
import type { InodeTable } from "../inode/inode_table.ts";
import type { Superblock } from "../volume/superblock.ts";

/** How many names of a folder are looked at together, so that their inodes are read in the order of the tables. */
const ENOUGH = 4096;

/** How much of an inode has the fields that there are: what follows is for extended attributes. */
const FIELDS_SIZE = 160;

/**
 * Names of a folder, and their inodes, which are read in the order of the tables and handed out in that of the names.
 *
 * All of it is kept as bytes, in memory that is used again for the next batch, and becomes objects one by one: objects
 * that have to wait for their turn would make the memory of the whole program grow.
 */
export class NameBatch {
  readonly #superblock: Superblock;
  /** How much is kept of an inode. */
  readonly #size: number;
  /** What is wrong with an inode, by its index. */
  readonly #errors = new Map<number, Corrupt>();
  #inos = new Uint32Array(16);
  /** Where each name ends; it begins where the one before ends. */
  #ends = new Uint32Array(16);
  #names = new Uint8Array(64);
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

  /** How many names are in it. */
  get length(): number {
    return this.#length;
  }

  /** Whether there is no gain in adding more. */
  get isEnough(): boolean {
    return this.#length >= ENOUGH;
  }

  /** Empties it. */
  clear(): void {
    this.#length = 0;
    this.#isOrdered = true;
    this.#errors.clear();
  }

  /**
   * Adds a name.
   *
   * @param entry The name; its bytes are copied.
   */
  add({ inode, bytes, nameStart, nameEnd }: RawEntry): void {
    const index = this.#length;
    const start = index === 0 ? 0 : this.#ends[index - 1]!;
    const end = start + nameEnd - nameStart;
    if (index === this.#inos.length) {
      this.#inos = longer(this.#inos, new Uint32Array(2 * index));
      this.#ends = longer(this.#ends, new Uint32Array(2 * index));
    }
    if (end > this.#names.length) this.#names = longer(this.#names, new Uint8Array(2 * end));
    if (index > 0 && this.#inos[index - 1]! > inode) this.#isOrdered = false;
    for (let from = nameStart, to = start; from < nameEnd; from++, to++) {
      this.#names[to] = bytes[from]!;
    }
    this.#inos[index] = inode;
    this.#ends[index] = end;
    this.#length++;
  }

  /**
   * Reads the inodes of the names.
   *
   * @param inodes The filesystem's inodes.
   */
  readInodes(inodes: InodeTable): void {
    const room = this.#length * this.#size;
    if (this.#fields.byteLength < room) this.#fields = new DataView(new ArrayBuffer(room));
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
   * One of the names.
   *
   * @param index Which one, in the order in which they were added.
   * @returns Where its bytes are; they are valid until the batch is emptied.
   */
  name(index: number): RawName {
    const nameStart = index === 0 ? 0 : this.#ends[index - 1]!;
    return { bytes: this.#names, nameStart, nameEnd: this.#ends[index]! };
  }

  /**
   * The inode of one of the names.
   *
   * @param index Which one, in the order in which they were added.
   * @returns What there is to know besides the content, or what is wrong with it.
   */
  info(index: number): FileInfo | Corrupt {
    const error = this.#errors.get(index);
    if (error !== undefined) return error;
    try {
      return new FileInfo(this.#inos[index]!, this.#fields, index * this.#size, this.#superblock);
    } catch (error) {
      if (!(error instanceof Corrupt)) throw error;
      return error;
    }
  }
}

function longer<Bytes extends Uint8Array | Uint32Array>(old: Bytes, memory: Bytes): Bytes {
  memory.set(old);
  return memory;
}
