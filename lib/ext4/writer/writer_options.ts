import type { Timespec } from "../inode/file_info.ts";

/**
 * What {@linkcode Ext4Writer.create} is told about the filesystem.
 *
 * @example
 * ```ts
 * import { Ext4Writer, type Ext4WriterOptions } from "@x/snapvm/ext4";
 *
 * const options: Ext4WriterOptions = { headroom: 16 * 2 ** 20, label: "root", journal: false };
 * const path = await Deno.makeTempFile();
 * await using writer = await Ext4Writer.create(path, options);
 * await writer.finish();
 * await Deno.remove(path);
 * ```
 */
export interface Ext4WriterOptions {
  /** The size of the filesystem in bytes, of which only what is used takes room. Default: 512 GiB. */
  readonly size?: number | undefined;
  /** Instead of the size: how many bytes are to be free in the end. */
  readonly headroom?: number | undefined;
  /** Whether it has a journal, or the journal's size in bytes; by default there is none. */
  readonly journal?: boolean | number | undefined;
  /** Whether all metadata has checksums (`metadata_csum`); by default only the descriptors of groups have. */
  readonly checksums?: boolean | undefined;
  /** The label, at most 16 bytes. */
  readonly label?: string | undefined;
  /** The UUID; by default a random one. */
  readonly uuid?: string | undefined;
  /** The seed of the hash of names, in the form of a UUID; by default a random one. */
  readonly hashSeed?: string | undefined;
  /** When the filesystem and its inodes are said to be made; by default now. */
  readonly time?: Timespec | Date | undefined;
}

/**
 * What an inode has besides its content.
 *
 * @example
 * ```ts
 * import type { Ext4Metadata } from "@x/snapvm/ext4";
 *
 * const metadata: Ext4Metadata = {
 *   mode: 0o755,
 *   uid: 0,
 *   gid: 0,
 *   mtime: { seconds: 1_700_000_000, nanoseconds: 0 },
 *   xattrs: new Map([["user.comment", new TextEncoder().encode("made by hand")]]),
 * };
 * console.log(metadata.mode.toString(8));
 * ```
 */
export interface Ext4Metadata {
  /** Permission bits, including the set-id and sticky bits. */
  readonly mode: number;
  /** The owner's number. */
  readonly uid: number;
  /** The group's number. */
  readonly gid: number;
  /** When the content was last changed. Times before 1901-12-13 and after 2446-05-10 become these. */
  readonly mtime: Timespec;
  /** When it was last read; by default `mtime`. */
  readonly atime?: Timespec | undefined;
  /** When the inode was last changed; by default the time at which the filesystem is made. */
  readonly ctime?: Timespec | undefined;
  /**
   * Extended attributes by their full names, with the values that `getxattr` gives. As in the kernel, an ACL changes the
   * permission bits. What the kernel would refuse to set is left out: names that do not begin with `user.`, `trusted.`
   * or `security.`, `user.` on anything but files and folders, default ACLs of anything but folders. A value has at most 64 KiB; those of
   * a symbolic link have to fit into a block together.
   */
  readonly xattrs?: ReadonlyMap<string, Uint8Array> | undefined;
}

/**
 * What an entry of an {@linkcode Ext4Writer} is.
 *
 * @example
 * ```ts
 * import type { Ext4EntryType } from "@x/snapvm/ext4";
 *
 * const letters: Partial<Record<Ext4EntryType, string>> = { directory: "d", file: "-" };
 * console.log(letters.directory);
 * ```
 */
export type Ext4EntryType =
  | "file"
  | "directory"
  | "symlink"
  | "character-device"
  | "block-device"
  | "fifo"
  | "socket";
