import { crc32c } from "../checksum/crc32c.ts";
import type { StoredXattr } from "./xattr_sets.ts";

/**
 * Source of all here: the kernel's `Documentation/filesystems/ext4/attributes.rst`, and `fs/ext4/xattr.c` for hashes.
 */
const MAGIC = 0xea020000;
const ENTRY_SIZE = 16;
const BLOCK_HEADER_SIZE = 32;
const BLOCK_SIZE = 4096;

/** The room for attributes after the fields of an inode, in bytes. */
export const BODY_SIZE = 96;
/** How many inodes may share a block of attributes. */
export const MAX_BLOCK_USES = 1024;
/** The largest value that a program can read or write. */
export const MAX_VALUE_SIZE = 65536;

/** Where the attributes of an inode go. */
export interface XattrLayout {
  /** Those in the inode. */
  readonly body: readonly StoredXattr[];
  /** Those in a block. */
  readonly block: readonly StoredXattr[];
  /** Those of the block whose values have inodes of their own. */
  readonly ownInode: ReadonlySet<StoredXattr>;
}

const roundUp = (length: number) => (length + 3) & ~3;

/**
 * Chooses a place for each attribute, given in the order of a block: the inode as long as there is room, then a block,
 * and inodes for the largest values if the block is too small. Undefined if even that is not enough.
 */
export function layoutXattrs(xattrs: readonly StoredXattr[]): XattrLayout | undefined {
  const body: StoredXattr[] = [];
  const block: StoredXattr[] = [];
  // A header, and four zeros after the last entry.
  let bodyRoom = BODY_SIZE - 8;
  let blockRoom = BLOCK_SIZE - BLOCK_HEADER_SIZE - 4;
  for (const xattr of xattrs) {
    const size = ENTRY_SIZE + roundUp(xattr.name.length) + roundUp(xattr.value.length);
    if (size <= bodyRoom) {
      body.push(xattr);
      bodyRoom -= size;
    } else {
      block.push(xattr);
      blockRoom -= size;
    }
  }
  const ownInode = new Set<StoredXattr>();
  if (blockRoom < 0) {
    for (const xattr of block.toSorted((a, b) => b.value.length - a.value.length)) {
      if (blockRoom >= 0) break;
      if (xattr.value.length === 0) return;
      ownInode.add(xattr);
      blockRoom += roundUp(xattr.value.length);
    }
    if (blockRoom < 0) return;
  }
  return { body, block, ownInode };
}

/** Writes attributes into the body of an inode, which starts at `offset` and is zero. */
export function writeXattrBody(
  xattrs: readonly StoredXattr[],
  bytes: Uint8Array<ArrayBuffer>,
  view: DataView<ArrayBuffer>,
  offset: number,
): void {
  if (xattrs.length === 0) return;
  view.setUint32(offset, MAGIC, true);
  const start = offset + 4;
  let entry = start;
  let valueEnd = offset + BODY_SIZE;
  for (const { nameIndex, name, value } of xattrs) {
    valueEnd -= roundUp(value.length);
    bytes[entry] = name.length;
    bytes[entry + 1] = nameIndex;
    // Counted from the first entry. The kernel leaves the hash out here.
    view.setUint16(entry + 2, value.length === 0 ? 0 : valueEnd - start, true);
    view.setUint32(entry + 8, value.length, true);
    bytes.set(name, entry + ENTRY_SIZE);
    bytes.set(value, valueEnd);
    entry += ENTRY_SIZE + roundUp(name.length);
  }
}

/**
 * Writes a block of attributes at `offset`, where there are zeros, without its checksum.
 *
 * @param inodeOf The inode that holds the value of an attribute, or 0 if the block does.
 * @param checksumSeed The seed of the checksum of values in inodes.
 */
export function writeXattrBlock(
  xattrs: readonly StoredXattr[],
  uses: number,
  inodeOf: (xattr: StoredXattr) => number,
  checksumSeed: number,
  bytes: Uint8Array<ArrayBuffer>,
  view: DataView<ArrayBuffer>,
  offset: number,
): void {
  view.setUint32(offset, MAGIC, true);
  view.setUint32(offset + 4, uses, true);
  view.setUint32(offset + 8, 1, true);
  let entry = offset + BLOCK_HEADER_SIZE;
  let valueEnd = offset + BLOCK_SIZE;
  let blockHash = 0;
  for (const xattr of xattrs) {
    const { nameIndex, name, value } = xattr;
    const ino = inodeOf(xattr);
    let hash = hashName(name);
    bytes[entry] = name.length;
    bytes[entry + 1] = nameIndex;
    if (ino !== 0) {
      view.setUint32(entry + 4, ino, true);
      hash = mixWord(hash, valueChecksum(value, checksumSeed));
    } else if (value.length > 0) {
      valueEnd -= roundUp(value.length);
      bytes.set(value, valueEnd);
      view.setUint16(entry + 2, valueEnd - offset, true);
      for (let at = valueEnd; at < valueEnd + value.length; at += 4) {
        hash = mixWord(hash, view.getInt32(at, true));
      }
    }
    view.setUint32(entry + 8, value.length, true);
    view.setInt32(entry + 12, hash, true);
    bytes.set(name, entry + ENTRY_SIZE);
    entry += ENTRY_SIZE + roundUp(name.length);
    blockHash = (blockHash << 16) ^ (blockHash >>> 16) ^ hash;
  }
  view.setInt32(offset + 0xc, blockHash, true);
}

/** The checksum of a value that has an inode of its own. */
export function valueChecksum(value: Uint8Array, checksumSeed: number): number {
  return crc32c(checksumSeed, new DataView(value.buffer, value.byteOffset, value.byteLength));
}

function hashName(name: Uint8Array): number {
  let hash = 0;
  for (const byte of name) hash = (hash << 5) ^ (hash >>> 27) ^ byte;
  return hash;
}

function mixWord(hash: number, word: number): number {
  return (hash << 16) ^ (hash >>> 16) ^ word;
}
