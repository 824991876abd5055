import { ByteArena } from "./byte_arena.ts";
import { grown, nextLength } from "./columns.ts";
import { hasBytesAt, hashBytes } from "./hash_bytes.ts";

/** An extended attribute on its way to the disk. */
export interface StoredXattr {
  /** Which prefix the name has. */
  readonly nameIndex: number;
  /** The name without its prefix. */
  readonly name: Uint8Array;
  /** The value as it is stored. */
  readonly value: Uint8Array;
}

/**
 * The sets of extended attributes, each kept once: on a system with SELinux, a hundred thousand files share a few dozen.
 * Set 0 is the empty one.
 */
export class XattrSets {
  /** How many inodes have each set; counted when the image is finished. */
  uses: Uint32Array<ArrayBuffer> = new Uint32Array(64);
  /** The first block with the attributes of each set, or 0. */
  block: Float64Array<ArrayBuffer> = new Float64Array(64);
  /** One past the last set. */
  length = 1;
  readonly #bytes = new ByteArena();
  #start: Uint32Array<ArrayBuffer> = new Uint32Array(64);
  #size: Uint32Array<ArrayBuffer> = new Uint32Array(64);
  #hash: Int32Array<ArrayBuffer> = new Int32Array(64);
  #slots = new Uint32Array(256);

  /** The number of a set, whose attributes are in the order of {@linkcode compareXattrs}. */
  add(xattrs: readonly StoredXattr[]): number {
    if (xattrs.length === 0) return 0;
    const bytes = encode(xattrs);
    const hash = hashBytes(0, bytes);
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (let set; (set = this.#slots[slot]!) !== 0; slot = (slot + 1) & mask) {
      if (
        this.#hash[set] === hash && this.#size[set] === bytes.length &&
        hasBytesAt(this.#bytes.bytes, this.#start[set]!, bytes)
      ) return set;
    }
    const set = this.length++;
    if (set >= this.uses.length) this.#grow();
    this.#start[set] = this.#bytes.add(bytes);
    this.#size[set] = bytes.length;
    this.#hash[set] = hash;
    this.#slots[slot] = set;
    if (2 * this.length > this.#slots.length) this.#rehash();
    return set;
  }

  /** The attributes of a set, valid until the next one is added. */
  xattrs(set: number): StoredXattr[] {
    const { bytes } = this.#bytes;
    const start = this.#start[set]!;
    const end = start + this.#size[set]!;
    const view = new DataView(bytes.buffer);
    const xattrs: StoredXattr[] = [];
    for (let offset = start; offset < end;) {
      const nameEnd = offset + 6 + bytes[offset + 1]!;
      const valueEnd = nameEnd + view.getUint32(offset + 2, true);
      xattrs.push({
        nameIndex: bytes[offset]!,
        name: bytes.subarray(offset + 6, nameEnd),
        value: bytes.subarray(nameEnd, valueEnd),
      });
      offset = valueEnd;
    }
    return xattrs;
  }

  #rehash(): void {
    this.#slots = new Uint32Array(this.#slots.length * 2);
    const mask = this.#slots.length - 1;
    for (let set = 1; set < this.length; set++) {
      let slot = this.#hash[set]! & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = set;
    }
  }

  #grow(): void {
    const length = nextLength(this.uses.length);
    this.uses = grown(this.uses, length);
    this.block = grown(this.block, length);
    this.#start = grown(this.#start, length);
    this.#size = grown(this.#size, length);
    this.#hash = grown(this.#hash, length);
  }
}

/** The order in which the kernel keeps the attributes in a block. Source: `fs/ext4/xattr.c`, `xattr_find_entry`. */
export function compareXattrs(a: StoredXattr, b: StoredXattr): number {
  const order = a.nameIndex - b.nameIndex || a.name.length - b.name.length;
  if (order !== 0) return order;
  const index = a.name.findIndex((byte, at) => byte !== b.name[at]);
  return index < 0 ? 0 : a.name[index]! - b.name[index]!;
}

function encode(xattrs: readonly StoredXattr[]): Uint8Array<ArrayBuffer> {
  const length = xattrs.reduce((sum, { name, value }) => sum + 6 + name.length + value.length, 0);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  let offset = 0;
  for (const { nameIndex, name, value } of xattrs) {
    bytes[offset] = nameIndex;
    bytes[offset + 1] = name.length;
    view.setUint32(offset + 2, value.length, true);
    bytes.set(name, offset + 6);
    bytes.set(value, offset + 6 + name.length);
    offset += 6 + name.length + value.length;
  }
  return bytes;
}
