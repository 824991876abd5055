/**
 * Reads ext2, ext3 and ext4 filesystems without mounting them, and writes new ones. Begin with {@linkcode Ext4} or
 * {@linkcode Ext4Writer}.
 *
 * ```ts
 * import { Ext4 } from "@x/snapvm/ext4";
 *
 * using filesystem = await Ext4.open("tests/fixtures/tiny.ext4");
 * for await (const { name } of filesystem.readDir("/")) console.log(name);
 * ```
 *
 * @module
 */

export { hasCode, SnapvmError } from "../error/mod.ts";
export type {
  ErrorCode,
  ErrorData,
  NoData,
  PlatformImage,
  SnapvmErrorOptions,
} from "../error/mod.ts";
export type { BlockSource } from "./volume/block_source.ts";
export type { ByteRange, DataRange } from "./content/content.ts";
export { Corrupt } from "./volume/corrupt.ts";
export type { CorruptKind, CorruptPlace } from "./volume/corrupt.ts";
export type { DirEntry, ReadDirOptions } from "./directory/dir_entry.ts";
export { Ext4 } from "./ext4.ts";
export { Ext4Writer } from "./writer/ext4_writer.ts";
export type { Ext4EntryType, Ext4Metadata, Ext4WriterOptions } from "./writer/writer_options.ts";
export { FileInfo } from "./inode/file_info.ts";
export type { DeviceNumber, Timespec } from "./inode/file_info.ts";
export { Incompatible } from "./volume/incompatible.ts";
export type { Ext4Path, Path } from "./tree/path.ts";
export type { XattrOptions } from "./attributes/xattrs.ts";
export type { Superblock, SuperblockFields } from "./volume/superblock.ts";
export type { WalkOptions } from "./tree/walk.ts";
export type { WalkedError, WalkedFile, WalkEntry, WalkName } from "./tree/walk_entry.ts";
