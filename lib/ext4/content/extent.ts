import { Corrupt } from "../volume/corrupt.ts";
import type { CorruptPlace } from "../volume/corrupt.ts";
import type { Run } from "./run.ts";

const MAGIC = 0xf30a;
const HEADER_SIZE = 12;
const ENTRY_SIZE = 12;

/** An extent that is longer than this was allocated but never written: it reads as zeros. */
const MAX_WRITTEN_LENGTH = 32768;

/** The kernel makes trees of at most this depth: five levels of index nodes reach every block of the largest file. */
const MAX_DEPTH = 5;

/** The header of a node of an extent tree. */
export interface ExtentHeader {
  /** How many entries the node has. */
  readonly eh_entries: number;
  /** How many entries it has room for. */
  readonly eh_max: number;
  /** How many levels are below it: 0 if its entries are extents. */
  readonly eh_depth: number;
}

/** An entry of an inner node: the place of the node for the file's blocks from `ei_block` on. */
export interface ExtentIndex {
  /** The first block of the file that the node below describes. */
  readonly ei_block: number;
  /** The block of the filesystem that holds the node below. */
  readonly ei_leaf: number;
}

/** An entry of a leaf: a run of blocks. */
export interface Extent extends Run {
  /** Whether the blocks hold data. If not, they read as zeros. */
  readonly isWritten: boolean;
}

/**
 * Reads the header of a node of an extent tree. The node is a block, or the inode's `i_block`.
 *
 * Source: the kernel's `Documentation/filesystems/ext4/ifork.rst`, "Extent Tree".
 *
 * @throws {Corrupt} If it is not a node, or has more entries than there is room for.
 */
export function parseExtentHeader(node: DataView, place: CorruptPlace): ExtentHeader {
  const eh_magic = node.getUint16(0, true);
  const eh_entries = node.getUint16(2, true);
  const eh_max = node.getUint16(4, true);
  const eh_depth = node.getUint16(6, true);
  if (eh_magic !== MAGIC) throw new Corrupt("extent tree", "the magic number is wrong", place);
  const room = Math.floor((node.byteLength - HEADER_SIZE) / ENTRY_SIZE);
  if (eh_entries > eh_max || eh_max > room) {
    throw new Corrupt("extent tree", `it has ${eh_entries} entries of ${eh_max}`, place);
  }
  if (eh_depth > MAX_DEPTH) {
    throw new Corrupt("extent tree", `it cannot be ${eh_depth} levels deep`, place);
  }
  return { eh_entries, eh_max, eh_depth };
}

/** Reads an entry of an inner node. */
export function parseExtentIndex(node: DataView, index: number): ExtentIndex {
  const offset = HEADER_SIZE + index * ENTRY_SIZE;
  const ei_block = node.getUint32(offset, true);
  const ei_leaf_lo = node.getUint32(offset + 4, true);
  const ei_leaf_hi = node.getUint16(offset + 8, true);
  return { ei_block, ei_leaf: ei_leaf_hi * 0x1_0000_0000 + ei_leaf_lo };
}

/** Reads an entry of a leaf. */
export function parseExtent(node: DataView, index: number): Extent {
  const offset = HEADER_SIZE + index * ENTRY_SIZE;
  const ee_block = node.getUint32(offset, true);
  const ee_len = node.getUint16(offset + 4, true);
  const ee_start_hi = node.getUint16(offset + 6, true);
  const ee_start_lo = node.getUint32(offset + 8, true);
  const isWritten = ee_len <= MAX_WRITTEN_LENGTH;
  return {
    logical: ee_block,
    physical: ee_start_hi * 0x1_0000_0000 + ee_start_lo,
    length: isWritten ? ee_len : ee_len - MAX_WRITTEN_LENGTH,
    isWritten,
  };
}

/** The position of the checksum in a node that fills a block, in bytes: it follows the room for entries. */
export function extentChecksumOffset(header: ExtentHeader): number {
  return HEADER_SIZE + header.eh_max * ENTRY_SIZE;
}
