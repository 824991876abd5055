import { Corrupt } from "../volume/corrupt.ts";
import type { CorruptPlace } from "../volume/corrupt.ts";
import { crc32c } from "../checksum/crc32c.ts";
import {
  extentChecksumOffset,
  parseExtent,
  parseExtentHeader,
  parseExtentIndex,
} from "./extent.ts";
import type { ExtentHeader } from "./extent.ts";
import type { Inode } from "../inode/inode.ts";
import type { Run } from "./run.ts";
import type { Block, Volume } from "../volume/volume.ts";

/** One past the last block that a file can have: their numbers have 32 bits. */
const BLOCKS_END = 2 ** 32;

/**
 * The runs of written blocks of a file that is mapped by an extent tree. They come in the order of the file and start
 * with the one that holds or follows the file's block `from`.
 *
 * A tree that loops ends in an error: each level is one nearer to the leaves, and the blocks of a node lie between the
 * entry that leads to it and the next one.
 *
 * @throws {Corrupt} If the tree is wrong.
 */
export function* extentRuns(volume: Volume, inode: Inode, from: number): Generator<Run> {
  const place = { inode: inode.info.ino };
  const header = parseExtentHeader(inode.i_block, place);
  yield* nodeRuns(volume, inode, inode.i_block, header, place, 0, BLOCKS_END, from);
}

function* nodeRuns(
  volume: Volume,
  inode: Inode,
  node: DataView,
  header: ExtentHeader,
  place: CorruptPlace,
  start: number,
  end: number,
  from: number,
): Generator<Run> {
  const isLeaf = header.eh_depth === 0;
  if (header.eh_entries === 0 && (!isLeaf || place.block !== undefined)) {
    throw new Corrupt("extent tree", "it has no entries", place);
  }
  if (isLeaf) {
    yield* leafRuns(volume, node, header, place, start, end, from);
    return;
  }
  let next = parseExtentIndex(node, 0);
  for (let index = 0; index < header.eh_entries; index++) {
    const { ei_block, ei_leaf } = next;
    const isLast = index + 1 === header.eh_entries;
    if (!isLast) next = parseExtentIndex(node, index + 1);
    const childEnd = isLast ? end : next.ei_block;
    if (ei_block < start || childEnd <= ei_block || childEnd > end) {
      throw new Corrupt("extent tree", "its entries are out of order", place);
    }
    if (childEnd <= from) continue;
    const childPlace = { inode: inode.info.ino, block: ei_leaf };
    const child = volume.block(ei_leaf);
    const childHeader = parseExtentHeader(child.view, childPlace);
    if (childHeader.eh_depth !== header.eh_depth - 1) {
      throw new Corrupt("extent tree", "its depth does not match its place", childPlace);
    }
    verifyChecksum(volume, inode, child, childHeader);
    yield* nodeRuns(volume, inode, child.view, childHeader, childPlace, ei_block, childEnd, from);
  }
}

function* leafRuns(
  volume: Volume,
  node: DataView,
  header: ExtentHeader,
  place: CorruptPlace,
  start: number,
  end: number,
  from: number,
): Generator<Run> {
  const { s_first_data_block, s_blocks_count } = volume.superblock;
  let previousEnd = start;
  for (let index = 0; index < header.eh_entries; index++) {
    const { logical, physical, length, isWritten } = parseExtent(node, index);
    if (logical < previousEnd || length === 0 || logical + length > end) {
      throw new Corrupt("extent tree", "its extents are out of order", place);
    }
    if (physical <= s_first_data_block || physical + length > s_blocks_count) {
      throw new Corrupt("extent tree", "an extent is outside the filesystem", place);
    }
    previousEnd = logical + length;
    if (isWritten && previousEnd > from) yield { logical, physical, length };
  }
}

function verifyChecksum(volume: Volume, inode: Inode, block: Block, header: ExtentHeader): void {
  const { ino } = inode.info;
  if (!volume.superblock.hasMetadataChecksums || block.verifiedFor === ino) return;
  const offset = extentChecksumOffset(header);
  // There is always room for it: the header and whole entries leave 4 or 8 bytes of a block.
  if (crc32c(inode.checksumSeed, block.view, 0, offset) !== block.view.getUint32(offset, true)) {
    throw new Corrupt("extent tree", "its checksum is wrong", { inode: ino, block: block.number });
  }
  block.verifiedFor = ino;
}
