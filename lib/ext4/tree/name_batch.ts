import { Corrupt } from "../volume/corrupt.ts";
import { decodeText } from "../volume/decode_text.ts";
import type { RawEntry, RawName } from "../directory/directory_block.ts";
import { FileInfo } from "../inode/file_info.ts";
import type { InodeTable } from "../inode/inode_table.ts";
import type { Superblock } from "../volume/superblock.ts";

/** How many names of a folder are gathered before their inodes are read, in the order of the inode tables. */
const BATCH_SIZE = 4096;

/** How much of an inode its fields take; extended attributes follow. */
const FIELDS_SIZE = 160;

/**
 * Names of a folder, and their inodes, which are read in the order of the inode tables and handed out in that of the
 * names.
 *
 * All of it is kept as bytes, in memory that the next batch uses again, and becomes objects one by one: objects that
 * wait for their turn would make the memory of the whole program grow.
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
  /** All names as one text, or null if not all of them are plain. */
  #text: string | null = null;
  #fields = new Uint8Array(0);
  /** The same bytes. */
  #view = new DataView(this.#fields.buffer);
  #length = 0;
  #isOrdered = true;
  #hasEmpty = false;

  /** An empty batch of a filesystem's names. */
  constructor(superblock: Superblock) {
    this.#superblock = superblock;
    this.#size = Math.min(superblock.s_inode_size, FIELDS_SIZE);
  }

  /** How many names are in it. */
  get length(): number {
    return this.#length;
  }

  /** Whether there is no gain in adding more. */
  get isFull(): boolean {
    return this.#length >= BATCH_SIZE;
  }

  /** Empties it. */
  clear(): void {
    this.#length = 0;
    this.#isOrdered = true;
    this.#hasEmpty = false;
    this.#errors.clear();
  }

  /** Adds a name; its bytes are copied. */
  add({ inode, bytes, nameStart, nameEnd }: RawEntry): void {
    const index = this.#length;
    const start = index === 0 ? 0 : this.#ends[index - 1]!;
    const end = start + nameEnd - nameStart;
    if (index === this.#inos.length) {
      this.#inos = longer(this.#inos, new Uint32Array(2 * index));
      this.#ends = longer(this.#ends, new Uint32Array(2 * index));
    }
    if (end > this.#names.length) this.#names = longer(this.#names, new Uint8Array(2 * end));
    this.#names.set(bytes.subarray(nameStart, nameEnd), start);
    if (end === start) this.#hasEmpty = true;
    if (index > 0 && this.#inos[index - 1]! > inode) this.#isOrdered = false;
    this.#inos[index] = inode;
    this.#ends[index] = end;
    this.#length++;
  }

  /** Makes ready to hand out names and inodes: nothing is added after it. */
  read(inodes: InodeTable): void {
    const length = this.#length;
    this.#text = this.#hasEmpty ? null : plainText(this.#names.subarray(0, this.#start(length)));
    const room = length * this.#size;
    if (this.#fields.length < room) {
      this.#fields = new Uint8Array(room);
      this.#view = new DataView(this.#fields.buffer);
    }
    if (this.#isOrdered) {
      for (let index = 0; index < length; index++) this.#readInode(index, inodes);
      return;
    }
    const inos = this.#inos;
    const order = new Uint32Array(length);
    for (let index = 0; index < length; index++) order[index] = index;
    for (const index of order.sort((left, right) => inos[left]! - inos[right]!)) {
      this.#readInode(index, inodes);
    }
  }

  #readInode(index: number, inodes: InodeTable): void {
    try {
      inodes.readFields(this.#inos[index]!, this.#fields, index * this.#size, this.#size);
    } catch (error) {
      if (!(error instanceof Corrupt)) throw error;
      this.#errors.set(index, error);
    }
  }

  /** Where the bytes of a name are, by the order in which names were added. They are valid until the batch is emptied. */
  name(index: number): RawName {
    return { bytes: this.#names, nameStart: this.#start(index), nameEnd: this.#ends[index]! };
  }

  /** A name as text; null if not all names of the batch are plain: ASCII, not empty, without a slash or NUL. */
  plainName(index: number): string | null {
    if (this.#text === null) return null;
    return this.#text.slice(this.#start(index), this.#ends[index]);
  }

  /** The inode of a name, or what is wrong with it. */
  info(index: number): FileInfo | Corrupt {
    if (this.#errors.size > 0) {
      const error = this.#errors.get(index);
      if (error !== undefined) return error;
    }
    try {
      return new FileInfo(this.#inos[index]!, this.#view, index * this.#size, this.#superblock);
    } catch (error) {
      if (!(error instanceof Corrupt)) throw error;
      return error;
    }
  }

  #start(index: number): number {
    return index === 0 ? 0 : this.#ends[index - 1]!;
  }
}

/** Names as one text, or null if a character is not ASCII or cannot be in a name. */
function plainText(names: Uint8Array): string | null {
  const text = decodeText(names);
  // Characters beyond ASCII have several bytes, and U+FFFD stands for bytes that are not text.
  const isAscii = text.length === names.length && !text.includes("\ufffd");
  return isAscii && !text.includes("/") && !text.includes("\0") ? text : null;
}

function longer<Bytes extends Uint8Array | Uint32Array>(old: Bytes, memory: Bytes): Bytes {
  memory.set(old);
  return memory;
}
