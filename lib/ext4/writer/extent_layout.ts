import type { Run } from "../content/run.ts";

/** Source of all here: the kernel's `Documentation/filesystems/ext4/ifork.rst`, "Extent Tree". */
const MAGIC = 0xf30a;
const HEADER_SIZE = 12;
const ENTRY_SIZE = 12;
const BLOCK_SIZE = 4096;
const MAX_EXTENT_LENGTH = 32768;
/** How many entries the root has room for, and a block. */
const ROOT_ROOM = 4;
const BLOCK_ROOM = Math.floor((BLOCK_SIZE - HEADER_SIZE) / ENTRY_SIZE);

/** The position of the checksum in a block of an extent tree. */
export const EXTENT_CHECKSUM_OFFSET = HEADER_SIZE + BLOCK_ROOM * ENTRY_SIZE;

/** An entry of a node: an extent, or the place of a node below. */
interface Entry {
  readonly logical: number;
  readonly physical: number;
  /** 0 if it is the place of a node. */
  readonly length: number;
}

/** A block of an extent tree. */
export interface ExtentBlock {
  /** Which block of the filesystem it is. */
  readonly block: number;
  /** Writes it at `offset`, where there are zeros, without its checksum. */
  write(view: DataView<ArrayBuffer>, offset: number): void;
}

/** The tree for the blocks of a file. */
export interface ExtentTree {
  /** Its blocks. */
  readonly blocks: readonly ExtentBlock[];
  /** Writes the root at `offset` of a view, where there are zeros. */
  writeRoot(view: DataView<ArrayBuffer>, offset: number): void;
}

/** Makes the tree for some runs, of any depth. `allocate` gives a block for a node. */
export function layoutExtents(runs: Iterable<Run>, allocate: () => number): ExtentTree {
  let entries: Entry[] = [];
  for (const { logical, physical, length } of runs) {
    for (let done = 0; done < length; done += MAX_EXTENT_LENGTH) {
      entries.push({
        logical: logical + done,
        physical: physical + done,
        length: Math.min(length - done, MAX_EXTENT_LENGTH),
      });
    }
  }
  const blocks: ExtentBlock[] = [];
  let depth = 0;
  while (entries.length > ROOT_ROOM) {
    const above: Entry[] = [];
    for (let index = 0; index < entries.length; index += BLOCK_ROOM) {
      const node = entries.slice(index, index + BLOCK_ROOM);
      const nodeDepth = depth;
      const block = allocate();
      blocks.push({
        block,
        write: (view, offset) => writeNode(node, nodeDepth, BLOCK_ROOM, view, offset),
      });
      above.push({ logical: node[0]!.logical, physical: block, length: 0 });
    }
    entries = above;
    depth++;
  }
  return {
    blocks,
    writeRoot: (view, offset) => writeNode(entries, depth, ROOT_ROOM, view, offset),
  };
}

/** Writes the root of the tree for one run that is short enough for it. */
export function writeShortRoot(
  physical: number,
  length: number,
  view: DataView<ArrayBuffer>,
  offset: number,
): void {
  let count = 0;
  for (let done = 0; done < length; done += MAX_EXTENT_LENGTH) {
    writeExtent(
      done,
      physical + done,
      Math.min(length - done, MAX_EXTENT_LENGTH),
      view,
      offset + HEADER_SIZE + count++ * ENTRY_SIZE,
    );
  }
  writeHeader(count, ROOT_ROOM, 0, view, offset);
}

/** The longest run for {@linkcode writeShortRoot}, in blocks. */
export const MAX_SHORT_RUN = ROOT_ROOM * MAX_EXTENT_LENGTH;

function writeNode(
  entries: readonly Entry[],
  depth: number,
  room: number,
  view: DataView<ArrayBuffer>,
  offset: number,
): void {
  writeHeader(entries.length, room, depth, view, offset);
  for (const [index, { logical, physical, length }] of entries.entries()) {
    const at = offset + HEADER_SIZE + index * ENTRY_SIZE;
    if (depth === 0) {
      writeExtent(logical, physical, length, view, at);
    } else {
      view.setUint32(at, logical, true);
      view.setUint32(at + 4, physical % 2 ** 32, true);
      view.setUint16(at + 8, Math.floor(physical / 2 ** 32), true);
    }
  }
}

function writeHeader(
  count: number,
  room: number,
  depth: number,
  view: DataView<ArrayBuffer>,
  offset: number,
): void {
  view.setUint16(offset, MAGIC, true);
  view.setUint16(offset + 2, count, true);
  view.setUint16(offset + 4, room, true);
  view.setUint16(offset + 6, depth, true);
}

function writeExtent(
  logical: number,
  physical: number,
  length: number,
  view: DataView<ArrayBuffer>,
  at: number,
): void {
  view.setUint32(at, logical, true);
  view.setUint16(at + 4, length, true);
  view.setUint16(at + 6, Math.floor(physical / 2 ** 32), true);
  view.setUint32(at + 8, physical % 2 ** 32, true);
}
