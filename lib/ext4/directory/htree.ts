import { Corrupt } from "../volume/corrupt.ts";
import { crc32c, crc32cOfNumber } from "../checksum/crc32c.ts";
import type { Inode } from "../inode/inode.ts";
import type { Block } from "../volume/volume.ts";

/** The position in the root of what the index says about itself, after the entries `.` and `..`. */
const ROOT_INFO_OFFSET = 0x18;
const ROOT_INFO_SIZE = 8;
/** The position of `limit`, which is in place of the first entry's hash. */
const ROOT_ENTRIES_OFFSET = ROOT_INFO_OFFSET + ROOT_INFO_SIZE;
const NODE_ENTRIES_OFFSET = 0x8;
const ENTRY_SIZE = 8;
const TAIL_SIZE = 8;
/** The upper bits of `block` are not part of the block's number. */
const BLOCK_MASK = 0x0fffffff;

/** A node of a folder's index. */
export interface IndexNode {
  /** The lowest hash of each entry's names; 0 for the first entry. */
  readonly hashes: readonly number[];
  /** The block of the folder that each entry leads to. */
  readonly blocks: readonly number[];
}

/** The root of a folder's index. */
export interface IndexRoot extends IndexNode {
  /** The kind of the hash. */
  readonly hash_version: number;
  /** How many levels of nodes are between the root and the names. */
  readonly indirect_levels: number;
}

/**
 * Reads the root of a folder's index from the folder's first block. Null if its form is unknown.
 *
 * Source: the kernel's `Documentation/filesystems/ext4/directory.rst`, "Hash Tree Directories".
 */
export function parseIndexRoot(view: DataView): IndexRoot | null {
  const reserved_zero = view.getUint32(ROOT_INFO_OFFSET, true);
  const hash_version = view.getUint8(ROOT_INFO_OFFSET + 4);
  const info_length = view.getUint8(ROOT_INFO_OFFSET + 5);
  const indirect_levels = view.getUint8(ROOT_INFO_OFFSET + 6);
  const unused_flags = view.getUint8(ROOT_INFO_OFFSET + 7);
  const node = parseEntries(view, ROOT_ENTRIES_OFFSET);
  const isKnown = reserved_zero === 0 && info_length === ROOT_INFO_SIZE && (unused_flags & 1) === 0;
  return isKnown && node !== null ? { ...node, hash_version, indirect_levels } : null;
}

/** Reads a node of a folder's index that is not the root. Null if the block cannot be one. */
export function parseIndexNode(view: DataView): IndexNode | null {
  return parseEntries(view, NODE_ENTRIES_OFFSET);
}

function parseEntries(view: DataView, start: number): IndexNode | null {
  const limit = view.getUint16(start, true);
  const count = view.getUint16(start + 2, true);
  if (count === 0 || count > limit || start + limit * ENTRY_SIZE > view.byteLength) return null;
  const hashes: number[] = [];
  const blocks: number[] = [];
  for (let index = 0; index < count; index++) {
    const offset = start + index * ENTRY_SIZE;
    const hash = index === 0 ? 0 : view.getUint32(offset, true);
    const block = view.getUint32(offset + 4, true);
    hashes.push(hash);
    blocks.push(block & BLOCK_MASK);
  }
  return { hashes, blocks };
}

/**
 * Checks the checksum of a block of a folder's index.
 *
 * @throws {Corrupt} If the checksum is wrong.
 */
export function verifyIndexBlock(inode: Inode, block: Block, isRoot: boolean): void {
  const { view } = block;
  const place = { inode: inode.info.ino, block: block.number };
  const start = isRoot ? ROOT_ENTRIES_OFFSET : NODE_ENTRIES_OFFSET;
  const limit = view.getUint16(start, true);
  const count = view.getUint16(start + 2, true);
  const tail = start + limit * ENTRY_SIZE;
  if (count > limit || tail + TAIL_SIZE > view.byteLength) {
    throw new Corrupt("directory", `its index has ${count} entries of ${limit}`, place);
  }
  const dt_checksum = view.getUint32(tail + 4, true);
  let crc = crc32c(inode.checksumSeed, view, 0, start + count * ENTRY_SIZE);
  crc = crc32c(crc, view, tail, tail + 4);
  if (crc32cOfNumber(crc, 0) !== dt_checksum) {
    throw new Corrupt("directory", "the checksum of its index is wrong", place);
  }
}
