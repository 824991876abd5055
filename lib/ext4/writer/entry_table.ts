import { ByteArena } from "./byte_arena.ts";
import { grown, nextLength } from "./columns.ts";
import { hasBytesAt, hashBytes } from "./hash_bytes.ts";

/** No entry, no inode. */
export const NONE = 0xffffffff;

/**
 * The names of a tree: for each its folder, its inode and its neighbours in the folder. Numbers in arrays take a tenth of
 * the memory of objects, and a million of them do not burden the garbage collector.
 *
 * The folder of a name is the entry of that folder. Entry 0 is the root, which has no name.
 */
export class EntryTable {
  /** The folder of each entry. */
  folder: Uint32Array<ArrayBuffer> = new Uint32Array(16384);
  /** The inode of each entry, or {@linkcode NONE} if the entry is not in use. */
  inode: Uint32Array<ArrayBuffer> = new Uint32Array(16384);
  /** The next entry of the same folder, or {@linkcode NONE}. */
  next: Uint32Array<ArrayBuffer> = new Uint32Array(16384);
  /** The entry before it. */
  previous: Uint32Array<ArrayBuffer> = new Uint32Array(16384);
  /** Where each name starts in {@linkcode names}. */
  nameStart: Uint32Array<ArrayBuffer> = new Uint32Array(16384);
  /** How many bytes each name has. */
  nameLength: Uint8Array<ArrayBuffer> = new Uint8Array(16384);
  /** The names. */
  readonly names: ByteArena = new ByteArena();
  /** One past the last entry that was ever used. */
  length = 0;
  #hash: Int32Array<ArrayBuffer> = new Int32Array(16384);
  /** By hash: an entry + 1, or 0. Never more than three quarters full. */
  #slots = new Uint32Array(4096);
  #count = 0;
  #free = NONE;

  /** Finds a name in a folder, or {@linkcode NONE}. */
  find(folder: number, name: Uint8Array): number {
    const hash = hashBytes(folder, name);
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask;; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot]! - 1;
      if (entry < 0) return NONE;
      if (
        this.#hash[entry] === hash && this.folder[entry] === folder &&
        this.nameLength[entry] === name.length &&
        hasBytesAt(this.names.bytes, this.nameStart[entry]!, name)
      ) return entry;
    }
  }

  /** Adds a name, which is not there yet. It has no neighbours at first. */
  add(folder: number, name: Uint8Array, inode: number): number {
    let entry = this.#free;
    if (entry !== NONE) {
      this.#free = this.next[entry]!;
    } else {
      entry = this.length++;
      if (entry >= this.inode.length) this.#grow();
    }
    this.folder[entry] = folder;
    this.inode[entry] = inode;
    this.next[entry] = NONE;
    this.previous[entry] = NONE;
    this.nameStart[entry] = this.names.add(name);
    this.nameLength[entry] = name.length;
    this.#hash[entry] = hashBytes(folder, name);
    if (4 * ++this.#count > 3 * this.#slots.length) this.#rehash();
    else this.#insert(entry);
    return entry;
  }

  /** Forgets an entry. Its number may be used again. */
  remove(entry: number): void {
    const mask = this.#slots.length - 1;
    let hole = this.#hash[entry]! & mask;
    while (this.#slots[hole] !== entry + 1) hole = (hole + 1) & mask;
    // What was put further on because of this entry moves back.
    for (let slot = (hole + 1) & mask; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      const home = this.#hash[this.#slots[slot]! - 1]! & mask;
      if (((slot - home) & mask) >= ((slot - hole) & mask)) {
        this.#slots[hole] = this.#slots[slot]!;
        hole = slot;
      }
    }
    this.#slots[hole] = 0;
    this.#count--;
    this.inode[entry] = NONE;
    this.next[entry] = this.#free;
    this.#free = entry;
  }

  /** The bytes of a name, valid until the next one is added. */
  name(entry: number): Uint8Array<ArrayBuffer> {
    const start = this.nameStart[entry]!;
    return this.names.bytes.subarray(start, start + this.nameLength[entry]!);
  }

  #insert(entry: number): void {
    const mask = this.#slots.length - 1;
    let slot = this.#hash[entry]! & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = entry + 1;
  }

  #rehash(): void {
    const { length } = this.#slots;
    this.#slots.buffer.transfer(0);
    this.#slots = new Uint32Array(length * 2);
    for (let entry = 0; entry < this.length; entry++) {
      if (this.inode[entry] !== NONE) this.#insert(entry);
    }
  }

  #grow(): void {
    const length = nextLength(this.inode.length);
    this.folder = grown(this.folder, length);
    this.inode = grown(this.inode, length);
    this.next = grown(this.next, length);
    this.previous = grown(this.previous, length);
    this.nameStart = grown(this.nameStart, length);
    this.nameLength = grown(this.nameLength, length);
    this.#hash = grown(this.#hash, length);
  }
}
