import { EntryTable, NONE } from "./entry_table.ts";
import { grown, nextLength } from "./columns.ts";
import { type EncodedTime, InodeColumns } from "./inode_columns.ts";
import { XattrSets } from "./xattr_sets.ts";

/** The bits of `i_mode` that hold the type. */
export const S_IFMT = 0xf000;
/** A FIFO. */
export const S_IFIFO = 0x1000;
/** A character device. */
export const S_IFCHR = 0x2000;
/** A folder. */
export const S_IFDIR = 0x4000;
/** A block device. */
export const S_IFBLK = 0x6000;
/** A regular file. */
export const S_IFREG = 0x8000;
/** A symbolic link. */
export const S_IFLNK = 0xa000;
/** A socket. */
export const S_IFSOCK = 0xc000;

/** The entry and the inode of the root. */
export const ROOT = 0;
/** The inode of `lost+found`. */
export const LOST_AND_FOUND = 1;

/** The last of the inodes that have a meaning of their own. */
export const LAST_RESERVED_INO = 10;

/** The number on the disk of an inode. The root has one that is reserved for it. */
export function inodeNumber(inode: number): number {
  return inode === ROOT ? 2 : inode + LAST_RESERVED_INO;
}

/** The tree of files that are to be written: names, inodes, and where their content is. */
export class FileTree {
  /** The names. */
  readonly entries: EntryTable = new EntryTable();
  /** The inodes. */
  readonly inodes: InodeColumns;
  /** The extended attributes. */
  readonly xattrs: XattrSets = new XattrSets();
  /** Runs of files that have more than one: the block in the file, that in the filesystem, and the number of blocks. */
  runs: Float64Array<ArrayBuffer> = new Float64Array(3 * 64);
  /** How many runs there are. */
  runCount = 0;

  /** Makes a tree that has a root. Inodes change at `time` unless they say otherwise. */
  constructor(time: EncodedTime) {
    this.inodes = new InodeColumns(time);
    const root = this.inodes.add();
    this.inodes.mode[root] = S_IFDIR | 0o755;
    this.inodes.nlink[root] = 2;
    this.inodes.setTimes(root, time, undefined, undefined);
    this.#setEnds(root, NONE, NONE);
    this.entries.add(NONE, new Uint8Array(), root);
  }

  /** Adds a name for an inode at the end of a folder. A folder needs {@linkcode addFolder}. */
  link(folder: number, name: Uint8Array, inode: number): number {
    const { entries, inodes } = this;
    const entry = entries.add(folder, name, inode);
    const owner = entries.inode[folder]!;
    const last = inodes.count[owner]!;
    entries.previous[entry] = last;
    if (last === NONE) inodes.start[owner] = entry;
    else entries.next[last] = entry;
    inodes.count[owner] = entry;
    return entry;
  }

  /** Adds a folder, whose inode is new. */
  addFolder(folder: number, name: Uint8Array, inode: number): number {
    this.inodes.nlink[inode] = 2;
    this.#setEnds(inode, NONE, NONE);
    this.inodes.nlink[this.entries.inode[folder]!]!++;
    return this.link(folder, name, inode);
  }

  /** Whether an entry is in use. */
  has(entry: number): boolean {
    return entry < this.entries.length && this.entries.inode[entry] !== NONE;
  }

  /** Whether an entry is a folder. */
  isFolder(entry: number): boolean {
    return (this.inodes.mode[this.entries.inode[entry]!]! & S_IFMT) === S_IFDIR;
  }

  /** The first entry of a folder, or {@linkcode NONE}. */
  firstOf(folder: number): number {
    return this.inodes.start[this.entries.inode[folder]!]!;
  }

  /** Removes a name, and a folder with everything in it. `onGone` is told of each inode that has no name left. */
  unlink(entry: number, onGone: (inode: number) => void): void {
    const { entries, inodes } = this;
    const folder = entries.folder[entry]!;
    const owner = entries.inode[folder]!;
    const next = entries.next[entry]!;
    const previous = entries.previous[entry]!;
    if (previous === NONE) inodes.start[owner] = next;
    else entries.next[previous] = next;
    if (next === NONE) inodes.count[owner] = previous;
    else entries.previous[next] = previous;
    if (this.isFolder(entry)) inodes.nlink[owner]!--;
    const pending = [entry];
    for (let current; (current = pending.pop()) !== undefined;) {
      const inode = entries.inode[current]!;
      if (this.isFolder(current)) {
        for (let child = this.firstOf(current); child !== NONE; child = entries.next[child]!) {
          pending.push(child);
        }
        inodes.nlink[inode] = 1;
      }
      entries.remove(current);
      if (--inodes.nlink[inode]! > 0) continue;
      onGone(inode);
      // The number of lost+found is kept for it.
      if (inode === LOST_AND_FOUND) inodes.mode[inode] = 0;
      else inodes.remove(inode);
    }
  }

  /** Keeps a run; those of a file follow each other. */
  addRun(logical: number, physical: number, length: number): void {
    if (3 * this.runCount + 3 > this.runs.length) {
      this.runs = grown(this.runs, nextLength(this.runs.length));
    }
    this.runs.set([logical, physical, length], 3 * this.runCount++);
  }

  #setEnds(inode: number, first: number, last: number): void {
    this.inodes.start[inode] = first;
    this.inodes.count[inode] = last;
  }
}
