import { Corrupt } from "../volume/corrupt.ts";
import { directoryEntries } from "./directory.ts";
import type { RawEntry } from "./directory_block.ts";
import type { Inode } from "../inode/inode.ts";
import type { InodeTable } from "../inode/inode_table.ts";
import { decodeName, isNamePossible } from "./name.ts";
import type { Volume } from "../volume/volume.ts";

/**
 * One name in a folder, like `Deno.DirEntry`.
 *
 * @example
 * ```ts
 * import { type DirEntry, Ext4 } from "@x/snapvm/ext4";
 *
 * using filesystem = await Ext4.open("tests/fixtures/tiny.ext4");
 * const entries: DirEntry[] = await Array.fromAsync(filesystem.readDir("/etc"));
 * console.log(entries.filter((entry) => entry.isSymlink).map((entry) => entry.name));
 * ```
 */
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

/** Options for {@linkcode Ext4.readDir}. */
export interface ReadDirOptions {
  /** Whether `.` and `..` are names too, as often as they are on the disk. Default: no. */
  readonly dots?: boolean;
}

/** Source: the kernel's `Documentation/filesystems/ext4/directory.rst`, "file_type". */
const TYPE_UNKNOWN = 0;
const TYPE_FILE = 1;
const TYPE_DIRECTORY = 2;
const TYPE_SYMLINK = 7;

/**
 * The names in a folder, in the order on the disk, without `.` and `..` unless `hasDots` is set.
 *
 * @throws {Corrupt} If the folder is wrong.
 */
export function* listFolder(
  volume: Volume,
  inodes: InodeTable,
  folder: Inode,
  hasDots = false,
): Generator<DirEntry> {
  const { ino } = folder.info;
  for (const entry of directoryEntries(volume, folder, hasDots)) {
    if (!isNamePossible(entry)) {
      throw new Corrupt("directory", "a name has a slash in it, or nothing", { inode: ino });
    }
    const type = entry.file_type === TYPE_UNKNOWN ? typeOf(inodes, entry) : entry.file_type;
    yield {
      ...decodeName(entry),
      ino: entry.inode,
      isFile: type === TYPE_FILE,
      isDirectory: type === TYPE_DIRECTORY,
      isSymlink: type === TYPE_SYMLINK,
    };
  }
}

/** The type that the inode says. A name that leads to nothing has no type: `lstat` says why. */
function typeOf(inodes: InodeTable, { inode }: RawEntry): number {
  try {
    const { info } = inodes.inode(inode);
    if (info.isFile) return TYPE_FILE;
    if (info.isDirectory) return TYPE_DIRECTORY;
    return info.isSymlink ? TYPE_SYMLINK : TYPE_UNKNOWN;
  } catch (error) {
    if (error instanceof Corrupt) return TYPE_UNKNOWN;
    throw error;
  }
}
