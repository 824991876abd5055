/**
 * Reads ext2, ext3 and ext4 filesystems without mounting them.
 * {@linkcode Ext4} is where to begin.
 *
 * @module
 */

export type { BlockSource } from "./volume/block_source.ts";
export type { ByteRange, DataRange } from "./content/content.ts";
export { Corrupt } from "./volume/corrupt.ts";
export type { CorruptKind, CorruptPlace } from "./volume/corrupt.ts";
export type { DirEntry } from "./directory/dir_entry.ts";
export { Ext4 } from "./ext4.ts";
export { FileInfo } from "./inode/file_info.ts";
export type { DeviceNumber } from "./inode/file_info.ts";
export { Incompatible } from "./volume/incompatible.ts";
export type { Ext4Path, Path } from "./tree/path.ts";
export type { Superblock, SuperblockFields } from "./volume/superblock.ts";
export type { WalkOptions } from "./tree/walk.ts";
export type { WalkedError, WalkedFile, WalkEntry, WalkName } from "./tree/walk_entry.ts";
