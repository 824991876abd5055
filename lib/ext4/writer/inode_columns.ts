import { grown, nextLength, setIfOther } from "./columns.ts";
import { NONE } from "./entry_table.ts";
import type { Timespec } from "../inode/file_info.ts";

/** The first and the last second that an inode can hold: 1901-12-13 and 2446-05-10. */
const MIN_SECONDS = -(2 ** 31);
const MAX_SECONDS = 2 ** 34 - 2 ** 31 - 1;

/** A time as an inode stores it. */
export interface EncodedTime {
  /** The lower half of the seconds. */
  readonly low: number;
  /** The nanoseconds, and the upper two bits of the seconds. */
  readonly extra: number;
}

/** Encodes a time. What cannot be stored becomes the nearest that can. */
export function encodeTime({ seconds, nanoseconds }: Timespec): EncodedTime {
  const clamped = Math.min(Math.max(seconds, MIN_SECONDS), MAX_SECONDS);
  const epoch = Math.floor((clamped - MIN_SECONDS) / 2 ** 32);
  return {
    low: clamped >>> 0,
    extra: (clamped === seconds ? nanoseconds : 0) * 4 + epoch,
  };
}

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
  mode: Uint16Array<ArrayBuffer> = new Uint16Array(16384);
  /** What the content is like. */
  flags: Uint8Array<ArrayBuffer> = new Uint8Array(16384);
  /** The owner. */
  uid: Uint32Array<ArrayBuffer> = new Uint32Array(16384);
  /** The group. */
  gid: Uint32Array<ArrayBuffer> = new Uint32Array(16384);
  /** How many names it has; of a folder also how many folders are in it. */
  nlink: Uint32Array<ArrayBuffer> = new Uint32Array(16384);
  /** The set of extended attributes, or 0. */
  xattrs: Uint32Array<ArrayBuffer> = new Uint32Array(16384);
  /** The size in bytes. */
  size: Float64Array<ArrayBuffer> = new Float64Array(16384);
  /** See the class. */
  start: Float64Array<ArrayBuffer> = new Float64Array(16384);
  /** See the class. */
  count: Uint32Array<ArrayBuffer> = new Uint32Array(16384);
  /** When the content of each inode changed, as it is stored: the seconds' lower half and the rest. */
  mtime: Uint32Array<ArrayBuffer> = new Uint32Array(2 * 16384);
  /** When it was read, or undefined as long as that is `mtime` for every inode. */
  atime: Uint32Array<ArrayBuffer> | undefined;
  /** When the inode changed, or undefined as long as that is {@linkcode usualCtime} for every inode. */
  ctime: Uint32Array<ArrayBuffer> | undefined;
  /** When inodes change unless they say otherwise. */
  readonly usualCtime: EncodedTime;
  /** One past the last inode that was ever used. */
  length = 0;
  #free = NONE;

  /** Takes when inodes change unless they say otherwise. */
  constructor(usualCtime: EncodedTime) {
    this.usualCtime = usualCtime;
  }

  /** Takes an inode that is not in use. */
  add(): number {
    let inode = this.#free;
    if (inode !== NONE) {
      this.#free = this.count[inode]!;
    } else {
      inode = this.length++;
      if (inode >= this.mode.length) this.#grow();
    }
    setIfOther(this.flags, inode, 0);
    setIfOther(this.size, inode, 0);
    setIfOther(this.start, inode, 0);
    setIfOther(this.count, inode, 0);
    setIfOther(this.xattrs, inode, 0);
    this.nlink[inode] = 1;
    return inode;
  }

  /** Gives an inode back. */
  remove(inode: number): void {
    this.mode[inode] = 0;
    this.count[inode] = this.#free;
    this.#free = inode;
  }

  /** Sets the times of an inode. */
  setTimes(
    inode: number,
    mtime: EncodedTime,
    atime: EncodedTime | undefined,
    ctime: EncodedTime | undefined,
  ): void {
    const at = 2 * inode;
    this.mtime[at] = mtime.low;
    this.mtime[at + 1] = mtime.extra;
    if (atime !== undefined) this.atime ??= this.mtime.slice();
    if (ctime !== undefined && this.ctime === undefined) {
      this.ctime = new Uint32Array(this.mtime.length);
      for (let other = 0; other < this.length; other++) {
        this.ctime[2 * other] = this.usualCtime.low;
        this.ctime[2 * other + 1] = this.usualCtime.extra;
      }
    }
    if (this.atime !== undefined) {
      this.atime[at] = (atime ?? mtime).low;
      this.atime[at + 1] = (atime ?? mtime).extra;
    }
    if (this.ctime !== undefined) {
      this.ctime[at] = (ctime ?? this.usualCtime).low;
      this.ctime[at + 1] = (ctime ?? this.usualCtime).extra;
    }
  }

  #grow(): void {
    const length = nextLength(this.mode.length);
    this.mode = grown(this.mode, length);
    this.flags = grown(this.flags, length);
    this.uid = grown(this.uid, length);
    this.gid = grown(this.gid, length);
    this.nlink = grown(this.nlink, length);
    this.xattrs = grown(this.xattrs, length);
    this.size = grown(this.size, length);
    this.start = grown(this.start, length);
    this.count = grown(this.count, length);
    this.mtime = grown(this.mtime, 2 * length);
    if (this.atime !== undefined) this.atime = grown(this.atime, 2 * length);
    if (this.ctime !== undefined) this.ctime = grown(this.ctime, 2 * length);
  }
}
