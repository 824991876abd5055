/**
 * Reads ext2, ext3 and ext4 filesystems without mounting them.
 * {@linkcode Ext4} is where to begin.
 *
 * @module
 */

export type { BlockSource } from "./block_source.ts";
export type { ByteRange, DataRange } from "./content.ts";
export { Corrupt } from "./corrupt.ts";
export type { CorruptKind, CorruptPlace } from "./corrupt.ts";
export type { DirEntry } from "./dir_entry.ts";
export { Ext4 } from "./ext4.ts";
export { FileInfo } from "./file_info.ts";
export type { DeviceNumber } from "./file_info.ts";
export { Incompatible } from "./incompatible.ts";
export type { Ext4Path, Path } from "./path.ts";
export type { Superblock, SuperblockFields } from "./superblock.ts";
export type { WalkOptions } from "./walk.ts";
export type { WalkedError, WalkedFile, WalkEntry, WalkName } from "./walk_entry.ts";
