import {
  COMPAT_SPARSE_SUPER2,
  INCOMPAT_META_BG,
  RO_COMPAT_SPARSE_SUPER,
} from "../volume/features.ts";
import { type InodeUse, parseGroupDescriptor, parseInodeUse } from "./group_descriptor.ts";
import { SUPERBLOCK_OFFSET } from "../volume/superblock.ts";
import type { Superblock } from "../volume/superblock.ts";
import type { Volume } from "../volume/volume.ts";

/** How many groups' inode tables are remembered. */
const MAX_REMEMBERED = 4096;

/**
 * Finds the inode table of each group.
 *
 * Only the descriptors that are asked for are read: a filesystem of 512 GiB has 128 KiB of them and more.
 */
export class GroupDescriptors {
  readonly #volume: Volume;
  readonly #tables = new Map<number, number>();

  /** Takes the blocks that the descriptors are read from. */
  constructor(volume: Volume) {
    this.#volume = volume;
  }

  /**
   * The block with which a group's inode table starts. The group exists.
   *
   * @throws {Corrupt} If the group's descriptor is wrong.
   */
  inodeTable(group: number): number {
    const known = this.#tables.get(group);
    if (known !== undefined) return known;
    const { view, offset } = this.#descriptor(group);
    const table = parseGroupDescriptor(view, offset, group, this.#volume.superblock);
    if (this.#tables.size >= MAX_REMEMBERED) this.#tables.clear();
    this.#tables.set(group, table);
    return table;
  }

  /**
   * Which of a group's inodes are used. The group exists.
   *
   * @throws {Corrupt} If the group's descriptor is wrong.
   */
  inodeUse(group: number): InodeUse {
    this.inodeTable(group);
    const { view, offset } = this.#descriptor(group);
    return parseInodeUse(view, offset, group, this.#volume.superblock);
  }

  #descriptor(group: number): { readonly view: DataView<ArrayBuffer>; readonly offset: number } {
    const { superblock } = this.#volume;
    const perBlock = superblock.blockSize / superblock.descriptorSize;
    const block = this.#volume.block(descriptorBlock(superblock, Math.floor(group / perBlock)));
    return { view: block.view, offset: (group % perBlock) * superblock.descriptorSize };
  }
}

/**
 * The block that holds the `index`-th part of the group descriptors.
 *
 * Source: the kernel's `Documentation/filesystems/ext4/blockgroup.rst`, "Meta Block Groups".
 */
function descriptorBlock(superblock: Superblock, index: number): number {
  const { blockSize, s_first_data_block } = superblock;
  const isMeta = (superblock.s_feature_incompat & INCOMPAT_META_BG) !== 0 &&
    index >= superblock.s_first_meta_bg;
  const superblockBlock = Math.floor(SUPERBLOCK_OFFSET / blockSize);
  if (!isMeta) return superblockBlock + 1 + index;
  const group = index * (blockSize / superblock.descriptorSize);
  const first = s_first_data_block + group * superblock.s_blocks_per_group;
  let before = hasSuperblock(superblock, group) ? 1 : 0;
  // If clusters make the first group start with block 0, the boot block is a block of its own in it.
  if (group === 0 && superblockBlock === 1 && s_first_data_block === 0) before++;
  return first + before;
}

/** Source: the kernel's `Documentation/filesystems/ext4/blockgroup.rst`, "Layout" and "Sparse superblocks". */
function hasSuperblock(superblock: Superblock, group: number): boolean {
  if (group === 0) return true;
  if ((superblock.s_feature_compat & COMPAT_SPARSE_SUPER2) !== 0) {
    return superblock.s_backup_bgs.includes(group);
  }
  const isSparse = (superblock.s_feature_ro_compat & RO_COMPAT_SPARSE_SUPER) !== 0;
  return group === 1 || !isSparse || [3, 5, 7].some((base) => isPowerOf(group, base));
}

function isPowerOf(value: number, base: number): boolean {
  let power = base;
  while (power < value) power *= base;
  return power === value;
}
