/** Blocks have 4096 bytes: the kernel's own page size, and the only one that Apple's images have. */
export const BLOCK_SIZE = 4096;
/** One block has bits for so many blocks. */
export const BLOCKS_PER_GROUP = 32768;
/** The size of an inode in bytes. */
export const INODE_SIZE = 256;
const INODES_PER_BLOCK = BLOCK_SIZE / INODE_SIZE;
/** As `mke2fs` has it: an inode for each 16 KiB. */
const BLOCKS_PER_INODE = 4;
/** More blocks need the `64bit` feature, and twice as large group descriptors. */
const MAX_SMALL_BLOCKS = 2 ** 32 - 1;

/** How a filesystem is divided. */
export interface Geometry {
  /** How many blocks it has. */
  readonly blocks: number;
  /** How many groups; the last one may be shorter. */
  readonly groups: number;
  /** Whether numbers of blocks have more than 32 bits. */
  readonly is64Bit: boolean;
  /** The size of a group descriptor in bytes. */
  readonly descriptorSize: number;
  /** How many blocks hold them. */
  readonly descriptorBlocks: number;
  /** How many inodes a group has. */
  readonly inodesPerGroup: number;
  /** How many blocks the inode table of a group has. */
  readonly tableBlocks: number;
}

/** Divides a filesystem of so many blocks, which has room for so many inodes. Undefined if they are too many. */
export function divide(blocks: number, inodes: number): Geometry | undefined {
  const groups = Math.ceil(blocks / BLOCKS_PER_GROUP);
  const is64Bit = blocks > MAX_SMALL_BLOCKS;
  const descriptorSize = is64Bit ? 64 : 32;
  const usual = Math.min(blocks, BLOCKS_PER_GROUP) / BLOCKS_PER_INODE;
  const wanted = Math.max(usual, inodes / groups, INODES_PER_BLOCK);
  const inodesPerGroup = Math.ceil(wanted / INODES_PER_BLOCK) * INODES_PER_BLOCK;
  if (inodesPerGroup > 8 * BLOCK_SIZE) return;
  // The numbers of inodes have 32 bits.
  const most = Math.floor((2 ** 32 - 1) / groups / INODES_PER_BLOCK) * INODES_PER_BLOCK;
  const chosen = Math.min(inodesPerGroup, most);
  if (chosen * groups < inodes) return;
  return {
    blocks,
    groups,
    is64Bit,
    descriptorSize,
    descriptorBlocks: Math.ceil(groups * descriptorSize / BLOCK_SIZE),
    inodesPerGroup: chosen,
    tableBlocks: chosen / INODES_PER_BLOCK,
  };
}

/** How many blocks of a group hold its bitmaps and its inode table. */
export function blocksOfGroup({ tableBlocks }: Geometry): number {
  return 2 + tableBlocks;
}

/** The size of the journal that `mke2fs` chooses, in blocks; 0 if the filesystem is too small for one. */
export function usualJournalBlocks(blocks: number): number {
  if (blocks < 2048) return 0;
  if (blocks < 32768) return 1024;
  if (blocks < 256 * 1024) return 4096;
  if (blocks < 512 * 1024) return 8192;
  if (blocks < 4096 * 1024) return 16384;
  if (blocks < 8192 * 1024) return 32768;
  if (blocks < 16384 * 1024) return 65536;
  return blocks < 32768 * 1024 ? 131072 : 262144;
}
