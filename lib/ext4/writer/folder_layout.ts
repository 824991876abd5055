import { halfMd4 } from "../directory/half_md4.ts";

/**
 * Source of all here: the kernel's `Documentation/filesystems/ext4/directory.rst`.
 */
export const BLOCK_SIZE = 4096;
const ENTRY_HEADER_SIZE = 8;
/** The entries `.` and `..` take so much. */
const DOTS_SIZE = 24;
/** The entry without a name that ends a block with its checksum. */
export const TAIL_SIZE = 12;
/** The root of the index begins with `.`, `..` and eight bytes about itself, other nodes with an empty entry. */
const ROOT_ENTRIES_OFFSET = 32;
const NODE_ENTRIES_OFFSET = 8;
const INDEX_ENTRY_SIZE = 8;
/** The kernel allows two levels below the root, or three with the `large_dir` feature. */
const MAX_SMALL_LEVELS = 1;
const MAX_LEVELS = 2;
/** No name has this hash: it stands for the end of a folder. */
const END_OF_FOLDER = 0xfffffffe;

/** The names of a folder: for each its place in memory. The order is the one in which they were added. */
export interface FolderNames {
  /** How many. */
  readonly count: number;
  /** The entry of each. */
  readonly entries: Uint32Array<ArrayBuffer>;
  /** By entry, where the name starts in `bytes`. */
  readonly nameStart: Uint32Array<ArrayBuffer>;
  /** By entry, how long it is. */
  readonly nameLength: Uint8Array<ArrayBuffer>;
  /** Memory that holds the names. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** How the blocks of a folder are used. */
export interface FolderLayout {
  /** How many blocks the folder has. */
  readonly blocks: number;
  /** One past the last name, in the order of `entries`, of each block of names. */
  readonly leafEnds: readonly number[];
  /** The index; undefined if all names are in the first block, after `.` and `..`. */
  readonly index: FolderIndex | undefined;
}

/** The index of a folder: first its root, then each level of nodes, then the blocks with the names. */
export interface FolderIndex {
  /** The lowest hash of each block of names, with the lowest bit set if the block before ends with the same hash. */
  readonly hashes: readonly number[];
  /** How many nodes each level has, the root's first. */
  readonly levels: readonly number[];
  /** How many entries a node has. */
  readonly nodeRoom: number;
}

/** How many bytes an entry takes. */
export function entrySize(nameLength: number): number {
  return (ENTRY_HEADER_SIZE + nameLength + 3) & ~3;
}

/**
 * Distributes the names of a folder over its blocks. If they do not fit into one, `entries` is sorted by hash. Undefined
 * if there are more than an index can hold.
 */
export function layoutFolder(
  names: FolderNames,
  hashSeed: Int32Array,
  hasChecksums: boolean,
): FolderLayout | undefined {
  const { count, entries, nameLength } = names;
  const room = BLOCK_SIZE - (hasChecksums ? TAIL_SIZE : 0);
  let size = DOTS_SIZE;
  for (let index = 0; index < count; index++) size += entrySize(nameLength[entries[index]!]!);
  if (size <= room) return { blocks: 1, leafEnds: [count], index: undefined };

  const hashed = sortByHash(names, hashSeed);
  const leafEnds: number[] = [];
  const hashes = [0];
  let used = 0;
  for (let index = 0; index < count; index++) {
    const length = entrySize(nameLength[entries[index]!]!);
    if (used + length > room) {
      leafEnds.push(index);
      const hash = hashed[2 * index + 1]!;
      hashes.push(hashed[2 * index - 1] === hash ? hash + 1 : hash);
      used = 0;
    }
    used += length;
  }
  leafEnds.push(count);

  const tail = hasChecksums ? 1 : 0;
  const rootRoom = (BLOCK_SIZE - ROOT_ENTRIES_OFFSET) / INDEX_ENTRY_SIZE - tail;
  const nodeRoom = (BLOCK_SIZE - NODE_ENTRIES_OFFSET) / INDEX_ENTRY_SIZE - tail;
  const levels: number[] = [];
  let width = leafEnds.length;
  while (width > rootRoom) {
    width = Math.ceil(width / nodeRoom);
    levels.unshift(width);
  }
  levels.unshift(1);
  if (levels.length - 1 > MAX_LEVELS) return;
  const nodes = levels.reduce((sum, level) => sum + level, 0);
  return { blocks: nodes + leafEnds.length, leafEnds, index: { hashes, levels, nodeRoom } };
}

/** Whether a folder needs the `large_dir` feature. */
export function isLargeFolder({ blocks, index }: FolderLayout): boolean {
  return (index !== undefined && index.levels.length - 1 > MAX_SMALL_LEVELS) ||
    blocks * BLOCK_SIZE >= 2 ** 31;
}

/** Sorts `entries`, and gives pairs of a position before and the hash, in the new order. */
function sortByHash(names: FolderNames, hashSeed: Int32Array): Uint32Array<ArrayBuffer> {
  const { count, entries, nameStart, nameLength, bytes } = names;
  const pairs = new Uint32Array(2 * count);
  for (let index = 0; index < count; index++) {
    const entry = entries[index]!;
    const hash = (halfMd4(bytes, nameStart[entry]!, nameLength[entry]!, hashSeed) & ~1) >>> 0;
    pairs[2 * index] = index;
    pairs[2 * index + 1] = hash === END_OF_FOLDER ? END_OF_FOLDER - 2 : hash;
  }
  // As 64-bit numbers, of which the hash is the upper half, they are sorted without calling back.
  new BigUint64Array(pairs.buffer).sort();
  const before = entries.slice(0, count);
  for (let index = 0; index < count; index++) entries[index] = before[pairs[2 * index]!]!;
  return pairs;
}

/**
 * Writes a block of a folder's index at `offset`, where there are zeros, without its checksum.
 *
 * @param level 0 is the root.
 * @param node Which node of its level.
 * @param ino The folder's inode.
 * @param parent The inode of its own folder.
 * @returns The position of `limit` in the block.
 */
export function writeIndexNode(
  index: FolderIndex,
  level: number,
  node: number,
  ino: number,
  parent: number,
  view: DataView<ArrayBuffer>,
  offset: number,
): number {
  const { hashes, levels, nodeRoom } = index;
  const start = level === 0 ? ROOT_ENTRIES_OFFSET : NODE_ENTRIES_OFFSET;
  const limit = level === 0 ? nodeRoom - 3 : nodeRoom;
  if (level === 0) {
    writeDots(ino, parent, BLOCK_SIZE, view, offset);
    view.setUint8(offset + 0x1c, 1); // half MD4
    view.setUint8(offset + 0x1d, 8); // the size of this
    view.setUint8(offset + 0x1e, levels.length - 1);
  } else {
    view.setUint16(offset + 4, BLOCK_SIZE, true);
  }
  let firstBlock = 0;
  for (let at = 0; at <= level; at++) firstBlock += levels[at]!;
  const width = levels[level + 1] ?? hashes.length;
  // An entry of this node stands for so many blocks of names.
  const span = nodeRoom ** (levels.length - 1 - level);
  const first = node * nodeRoom;
  const end = level === 0 ? width : Math.min(first + nodeRoom, width);
  for (let child = first; child < end; child++) {
    const at = offset + start + INDEX_ENTRY_SIZE * (child - first);
    if (child > first) view.setUint32(at, hashes[child * span]!, true);
    view.setUint32(at + 4, firstBlock + child, true);
  }
  view.setUint16(offset + start, limit, true);
  view.setUint16(offset + start + 2, end - first, true);
  return start;
}

/** Writes the entries `.` and `..`; the second one ends at `end`. */
export function writeDots(
  ino: number,
  parent: number,
  end: number,
  view: DataView<ArrayBuffer>,
  offset: number,
): void {
  view.setUint32(offset, ino, true);
  view.setUint16(offset + 4, 12, true);
  view.setUint16(offset + 6, 0x0201, true);
  view.setUint8(offset + 8, 0x2e);
  view.setUint32(offset + 12, parent, true);
  view.setUint16(offset + 16, end - 12, true);
  view.setUint16(offset + 18, 0x0202, true);
  view.setUint16(offset + 20, 0x2e2e, true);
}
