import { grown } from "./columns.ts";
import { NONE } from "./entry_table.ts";
import type { Timespec } from "../inode/file_info.ts";

/** The first and the last second that an inode can hold: 1901-12-13 and 2446-05-10. */
const MIN_SECONDS = -(2 ** 31);
const MAX_SECONDS = 2 ** 34 - 2 ** 31 - 1;

/** The content is several runs: {@linkcode InodeColumns.start} is their place in a table of runs. */
export const HAS_RUNS = 1;
/** The inode is a folder whose blocks are indexed. */
export const IS_INDEXED = 2;
/** The inode holds the value of an extended attribute. */
export const IS_VALUE = 4;

/**
 * What each inode has, in arrays. Inode 0 is the root.
 *
 * `start` and `count` depend on the type. A file: its first block and how many there are; with {@linkcode HAS_RUNS}, the
 * first of its runs and how many. A symbolic link: where its target is kept, until its block is known. A device: its
 * number as it is stored. A folder: the entries of its first and last name, until its blocks are known.
 */
export class InodeColumns {
  /** Type and permissions; 0 if the inode is not in use. */
  mode: Uint16Array<ArrayBuffer> = new Uint16Array(1024);
  /** What the content is like. */
  flags: Uint8Array<ArrayBuffer> = new Uint8Array(1024);
  /** The owner. */
  uid: Uint32Array<ArrayBuffer> = new Uint32Array(1024);
  /** The group. */
  gid: Uint32Array<ArrayBuffer> = new Uint32Array(1024);
  /** How many names it has; of a folder also how many folders are in it. */
  nlink: Uint32Array<ArrayBuffer> = new Uint32Array(1024);
  /** The set of extended attributes, or 0. */
  xattrs: Uint32Array<ArrayBuffer> = new Uint32Array(1024);
  /** The size in bytes. */
  size: Float64Array<ArrayBuffer> = new Float64Array(1024);
  /** See the class. */
  start: Float64Array<ArrayBuffer> = new Float64Array(1024);
  /** See the class. */
  count: Uint32Array<ArrayBuffer> = new Uint32Array(1024);
  /** Times as they are stored: atime, ctime and mtime of each inode, the seconds' lower half and the rest. */
  times: Uint32Array<ArrayBuffer> = new Uint32Array(6 * 1024);
  /** One past the last inode that was ever used. */
  length = 0;
  #free = NONE;

  /** Takes an inode that is not in use. */
  add(): number {
    let inode = this.#free;
    if (inode !== NONE) {
      this.#free = this.count[inode]!;
    } else {
      inode = this.length++;
      if (inode >= this.mode.length) this.#grow();
    }
    this.flags[inode] = 0;
    this.size[inode] = 0;
    this.start[inode] = 0;
    this.count[inode] = 0;
    this.xattrs[inode] = 0;
    this.nlink[inode] = 1;
    return inode;
  }

  /** Gives an inode back. */
  remove(inode: number): void {
    this.mode[inode] = 0;
    this.count[inode] = this.#free;
    this.#free = inode;
  }

  /** Sets one of the times of an inode: 0 atime, 1 ctime, 2 mtime. What cannot be stored becomes the nearest that can. */
  setTime(inode: number, which: 0 | 1 | 2, { seconds, nanoseconds }: Timespec): void {
    const clamped = Math.min(Math.max(seconds, MIN_SECONDS), MAX_SECONDS);
    const epoch = Math.floor((clamped - MIN_SECONDS) / 2 ** 32);
    const index = 6 * inode + 2 * which;
    this.times[index] = clamped;
    this.times[index + 1] = (clamped === seconds ? nanoseconds : 0) * 4 + epoch;
  }

  #grow(): void {
    const length = this.mode.length * 2;
    this.mode = grown(this.mode, length);
    this.flags = grown(this.flags, length);
    this.uid = grown(this.uid, length);
    this.gid = grown(this.gid, length);
    this.nlink = grown(this.nlink, length);
    this.xattrs = grown(this.xattrs, length);
    this.size = grown(this.size, length);
    this.start = grown(this.start, length);
    this.count = grown(this.count, length);
    this.times = grown(this.times, 6 * length);
  }
}
