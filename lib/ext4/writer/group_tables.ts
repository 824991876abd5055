import type { BlockAllocator } from "./block_allocator.ts";
import { BLOCKS_PER_GROUP, blocksOfGroup, type Geometry } from "./geometry.ts";

/** Where the bitmaps and the inode table of a group are. */
export interface GroupPlace {
  /** The block with the bits of blocks. */
  readonly blockBitmap: number;
  /** The block with the bits of inodes. */
  readonly inodeBitmap: number;
  /** The first block of the inode table. */
  readonly inodeTable: number;
  /** Whether the inode table lies in blocks that were used before, so that it has to be written whole. */
  readonly isReused: boolean;
}

/** Where the tables of all groups are. */
export interface GroupPlaces {
  /** So many groups, from the first on, have files or inodes. The others are empty. */
  readonly used: number;
  /** The place of a group's tables. */
  of(group: number): GroupPlace;
}

/**
 * Chooses places for the tables of all groups: those of groups that are in use behind all data, one after the other, those
 * of empty groups at the group's own start. Undefined if there is no room.
 */
export function placeGroups(
  allocator: BlockAllocator,
  geometry: Geometry,
  inodes: number,
): GroupPlaces | undefined {
  const { blocks, groups, tableBlocks, inodesPerGroup } = geometry;
  const size = blocksOfGroup(geometry);
  const lastStart = (groups - 1) * BLOCKS_PER_GROUP;
  // A last group that is too small for its own tables has them with the others.
  const displaced = blocks - lastStart < size ? 1 : 0;
  let used = Math.ceil(inodes / inodesPerGroup);
  for (;;) {
    const end = allocator.end + (used + (used < groups ? displaced : 0)) * size;
    const reached = Math.min(Math.ceil(end / BLOCKS_PER_GROUP), groups);
    if (reached <= used) break;
    used = reached;
  }
  const count = used < groups ? used + displaced : used;
  const tables: number[] = [];
  const reused: boolean[] = [];
  const bitmaps: number[] = [];
  for (let index = 0; index < count; index++) {
    const end = allocator.end;
    const fresh = allocator.takeNew(tableBlocks);
    const table = fresh < 0 ? allocator.take(tableBlocks) : fresh;
    if (table < 0) return;
    tables.push(table);
    reused.push(table < end);
  }
  for (let index = 0; index < 2 * count; index++) {
    const block = allocator.take(1);
    if (block < 0) return;
    bitmaps.push(block);
  }
  return {
    used,
    of(group) {
      const index = group < used
        ? group
        : displaced === 1 && group === groups - 1
        ? used
        : undefined;
      if (index === undefined) {
        const start = group * BLOCKS_PER_GROUP;
        return {
          blockBitmap: start,
          inodeBitmap: start + 1,
          inodeTable: start + 2,
          isReused: false,
        };
      }
      return {
        blockBitmap: bitmaps[2 * index]!,
        inodeBitmap: bitmaps[2 * index + 1]!,
        inodeTable: tables[index]!,
        isReused: reused[index]!,
      };
    },
  };
}
