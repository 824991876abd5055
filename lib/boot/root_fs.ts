/**
 * The few methods of a root filesystem that kernel discovery needs.
 *
 * `Ext4` of `lib/ext4` has them, and so does {@linkcode HostFolder}: discovery is written once for both. Paths are
 * absolute inside the root filesystem (`/usr/lib/modules`), separated by `/`, and never leave it.
 *
 * @module
 */

import type { ByteRange } from "../ext4/mod.ts";

export type { ByteRange };

/** A path's type and size. */
export interface RootFsInfo {
  /** A regular file. */
  readonly isFile: boolean;
  /** A folder. */
  readonly isDirectory: boolean;
  /** A symbolic link (only from {@linkcode RootFs.lstat}). */
  readonly isSymlink: boolean;
  /** Size in bytes. */
  readonly size: number;
}

/** One name in a folder. */
export interface RootFsEntry {
  /** The name, without its folder. */
  readonly name: string;
  /** A regular file. */
  readonly isFile: boolean;
  /** A folder. */
  readonly isDirectory: boolean;
  /** A symbolic link. */
  readonly isSymlink: boolean;
}

/**
 * A root filesystem, read only.
 *
 * As in `Deno.*`, a path that does not exist throws `Deno.errors.NotFound`. Links are followed inside the root
 * filesystem: an absolute target starts at its root, and `..` at the root stays there.
 */
export interface RootFs {
  /** The type and size of `path`; links are followed. */
  stat(path: string): Promise<RootFsInfo>;
  /** The type and size of `path` itself; a link at its end is not followed. */
  lstat(path: string): Promise<RootFsInfo>;
  /** The names in a folder, without `.` and `..`, in the order in which the filesystem has them. */
  readDir(path: string): AsyncIterable<RootFsEntry>;
  /** A whole small file. */
  readFile(path: string): Promise<Uint8Array<ArrayBuffer>>;
  /** The target of a symbolic link, unchanged. */
  readLink(path: string): Promise<string>;
  /**
   * A file's bytes in chunks, for big files. A chunk is valid until the next one is asked for, which may overwrite its
   * memory.
   */
  read(path: string, range?: ByteRange): AsyncIterable<Uint8Array<ArrayBuffer>>;
}
