import { SnapvmError } from "../../error/mod.ts";

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

/** The place in the filesystem at which a {@linkcode Corrupt} was found, as far as it is known. */
export interface CorruptPlace {
  /** The inode's number. */
  readonly inode?: number;
  /** The number of the block in the filesystem. */
  readonly block?: number;
  /** The number of the block group. */
  readonly group?: number;
}

/**
 * The filesystem contradicts itself: a checksum is wrong, a number is out of range, a structure loops.
 *
 * @example
 * ```ts
 * import { Corrupt, Ext4 } from "@x/snapvm/ext4";
 * import assert from "node:assert/strict";
 *
 * await assert.rejects(
 *   Ext4.open("README.md"),
 *   (error) => error instanceof Corrupt && error.kind === "superblock",
 * );
 * ```
 */
export class Corrupt extends SnapvmError<"corrupt-filesystem"> {
  /** `"Corrupt"`. */
  override name = "Corrupt";
  /** The structure that is wrong. */
  readonly kind: CorruptKind;
  /** The number of the inode it belongs to, or null if there is none. */
  readonly inode: number | null;
  /** The block that holds it, or null if that is not known. */
  readonly block: number | null;
  /** The block group it belongs to, or null if there is none. */
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
    super("corrupt-filesystem", `Cannot read the ${kind}${where}: ${why}`, { data: {} });
    this.kind = kind;
    this.inode = inode ?? null;
    this.block = block ?? null;
    this.group = group ?? null;
  }
}
