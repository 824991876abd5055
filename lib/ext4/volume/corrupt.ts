/** The on-disk structure in which a {@linkcode Corrupt} was found. */
export type CorruptKind =
  | "superblock"
  | "group descriptor"
  | "inode"
  | "extent tree"
  | "block map"
  | "directory"
  | "link target"
  | "extended attributes"
  | "inline data"
  | "journal"
  | "image";

/** Where in the filesystem a {@linkcode Corrupt} was found, as far as it is known. */
export interface CorruptPlace {
  /** The inode's number. */
  readonly inode?: number;
  /** The number of the block in the filesystem. */
  readonly block?: number;
  /** The number of the block group. */
  readonly group?: number;
}

/** The filesystem says something that cannot be: a bad checksum, a number out of range, a structure that loops. */
export class Corrupt extends Error {
  /** `"Corrupt"`. */
  override name = "Corrupt";
  /** The structure that is wrong. */
  readonly kind: CorruptKind;
  /** The number of the inode it belongs to, or null where there is none. */
  readonly inode: number | null;
  /** The block that it lies in, or null where that is not known. */
  readonly block: number | null;
  /** The block group it belongs to, or null where there is none. */
  readonly group: number | null;

  /**
   * Says what is wrong, and where.
   *
   * @param kind The structure that is wrong.
   * @param why What is wrong with it: the end of the message.
   * @param place Where it was found.
   */
  constructor(kind: CorruptKind, why: string, place: CorruptPlace = {}) {
    const { inode, block, group } = place;
    const where = (group === undefined ? "" : ` of group ${group}`) +
      (inode === undefined ? "" : kind === "inode" ? ` ${inode}` : ` of inode ${inode}`) +
      (block === undefined ? "" : ` in block ${block}`);
    super(`Cannot read the ${kind}${where}: ${why}`);
    this.kind = kind;
    this.inode = inode ?? null;
    this.block = block ?? null;
    this.group = group ?? null;
  }
}
