/**
 * The little that kernel discovery asks of a root filesystem.
 *
 * `Ext4` of `lib/ext4` has these methods, and so does {@linkcode HostFolder}: discovery is written once for both.
 * Paths are absolute inside the root filesystem (`/usr/lib/modules`), `/`-separated, and never leave it.
 *
 * @module
 */

import type { ByteRange } from "../ext4/mod.ts";

export type { ByteRange };

/** What a path is, and how many bytes a file has. */
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
 * A path that does not exist throws `Deno.errors.NotFound`, here as in `Deno.*`. Links are followed inside the root
 * filesystem: an absolute target starts at its root, and `..` above the root stays there.
 */
export interface RootFs {
  /** What `path` is, links followed. */
  stat(path: string): Promise<RootFsInfo>;
  /** What `path` itself is, a last link not followed. */
  lstat(path: string): Promise<RootFsInfo>;
  /** The names in a folder, without `.` and `..`, in the order in which the filesystem has them. */
  readDir(path: string): AsyncIterable<RootFsEntry>;
  /** A whole small file. */
  readFile(path: string): Promise<Uint8Array<ArrayBuffer>>;
  /** The target of a symbolic link, as it stands. */
  readLink(path: string): Promise<string>;
  /**
   * A file's bytes in chunks, for big files. A chunk is valid until the next one is asked for: the memory behind it
   * may be used again.
   */
  read(path: string, range?: ByteRange): AsyncIterable<Uint8Array<ArrayBuffer>>;
}
