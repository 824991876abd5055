/** One name in a folder, like `Deno.DirEntry`. */
export interface DirEntry {
  /** The name; bytes that are not UTF-8 are U+FFFD in it. */
  readonly name: string;
  /** The name's bytes. */
  readonly nameBytes: Uint8Array<ArrayBuffer>;
  /** The number of the inode that it names. */
  readonly ino: number;
  /** A regular file. */
  readonly isFile: boolean;
  /** A folder. */
  readonly isDirectory: boolean;
  /** A symbolic link. */
  readonly isSymlink: boolean;
}
