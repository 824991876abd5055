import { Corrupt } from "../volume/corrupt.ts";
import { INCOMPAT_LARGEDIR, RO_COMPAT_HUGE_FILE } from "../volume/features.ts";
import { EXT4_HUGE_FILE_FL, EXT4_INLINE_DATA_FL, GOOD_OLD_INODE_SIZE } from "./inode_fields.ts";
import type { Superblock } from "../volume/superblock.ts";

/** The number of a device, as `mknod` takes it. */
export interface DeviceNumber {
  /** The kind of the device. */
  readonly major: number;
  /** Which of its kind. */
  readonly minor: number;
}

/** A time, exact to the nanosecond. */
export interface Timespec {
  /** Whole seconds since 1970, rounded down: negative before that. */
  readonly seconds: number;
  /** The nanoseconds after them, fewer than a second has. */
  readonly nanoseconds: number;
}

/** The bits of `i_mode` that hold the type. */
const S_IFMT = 0xf000;
const S_IFIFO = 0x1000;
const S_IFCHR = 0x2000;
const S_IFDIR = 0x4000;
const S_IFBLK = 0x6000;
const S_IFREG = 0x8000;
const S_IFLNK = 0xa000;
const S_IFSOCK = 0xc000;

const NANOSECONDS_PER_SECOND = 1_000_000_000;

/** The superblock that a file was found with. Each opening of a filesystem has one of its own. */
let superblockOf: (info: FileInfo) => Superblock;

/**
 * All that the filesystem knows about a file except its content, like `Deno.FileInfo`.
 *
 * Source: the kernel's `Documentation/filesystems/ext4/inodes.rst`.
 *
 * @example
 * ```ts
 * import { Ext4 } from "@x/snapvm/ext4";
 * import assert from "node:assert/strict";
 *
 * using filesystem = await Ext4.open("tests/fixtures/tiny.ext4");
 * const info = await filesystem.stat("/etc/os-release");
 * assert(info.isFile);
 * assert.equal(info.mode & 0o777, 0o644);
 * assert.equal(BigInt(info.mtimespec.seconds), info.mtimeNs / 1_000_000_000n);
 * ```
 */
export class FileInfo {
  /** The inode's number. */
  readonly ino: number;
  /** All 16 bits of `i_mode`: the type in the upper four (as `S_IFMT`), the permissions in the lower twelve. */
  readonly mode: number;
  /** The number of the user that owns it. */
  readonly uid: number;
  /** The number of the group that owns it. */
  readonly gid: number;
  /** The size of the content in bytes. */
  readonly size: number;
  /** How many names it has. */
  readonly nlink: number;
  /** How much room it takes in the filesystem, in units of 512 bytes. */
  readonly blocks: number;
  /** `i_flags`: what `lsattr` shows, and how the content is stored. */
  readonly flags: number;
  /** `i_generation`: the version that NFS sees. */
  readonly generation: number;
  /** The number of the device; null if it is not a device. */
  readonly rdev: DeviceNumber | null;
  readonly #superblock: Superblock;
  readonly #i_atime: number;
  readonly #i_mtime: number;
  readonly #i_ctime: number;
  readonly #i_crtime: number | null;
  readonly #i_atime_extra: number;
  readonly #i_mtime_extra: number;
  readonly #i_ctime_extra: number;
  readonly #i_crtime_extra: number;

  static {
    superblockOf = (info) => info.#superblock;
  }

  /**
   * Reads an inode's fields. {@linkcode Ext4.stat} and {@linkcode Ext4.walk} do this for a path.
   *
   * @param ino The inode's number.
   * @param view Bytes that hold the inode.
   * @param offset The inode's position in them.
   * @param superblock The superblock.
   * @throws {Corrupt} If the size is beyond 2^53 or the fields do not fit into the inode.
   */
  constructor(ino: number, view: DataView, offset: number, superblock: Superblock) {
    const { s_inode_size, s_feature_incompat, s_feature_ro_compat, blockSize } = superblock;
    const i_mode = view.getUint16(offset, true);
    const i_uid = view.getUint16(offset + 0x2, true);
    const i_size_lo = view.getUint32(offset + 0x4, true);
    const i_gid = view.getUint16(offset + 0x18, true);
    const i_blocks_lo = view.getUint32(offset + 0x1c, true);
    const i_flags = view.getUint32(offset + 0x20, true);
    const i_size_high = view.getUint32(offset + 0x6c, true);
    const l_i_blocks_high = view.getUint16(offset + 0x74, true);
    const l_i_uid_high = view.getUint16(offset + 0x78, true);
    const l_i_gid_high = view.getUint16(offset + 0x7a, true);
    const i_extra_isize = s_inode_size > GOOD_OLD_INODE_SIZE
      ? view.getUint16(offset + 0x80, true)
      : 0;
    if (GOOD_OLD_INODE_SIZE + i_extra_isize > s_inode_size || (i_extra_isize & 3) !== 0) {
      throw new Corrupt("inode", `it cannot have ${i_extra_isize} extra bytes`, { inode: ino });
    }
    const type = i_mode & S_IFMT;
    let size = i_size_lo;
    if (i_size_high !== 0) {
      const isLarge = type === S_IFREG || (s_feature_incompat & INCOMPAT_LARGEDIR) !== 0;
      if (isLarge) size += i_size_high * 0x1_0000_0000;
      if (size > Number.MAX_SAFE_INTEGER) {
        throw new Corrupt("inode", "its size is beyond 2^53", { inode: ino });
      }
    }
    let blocks = i_blocks_lo;
    if ((s_feature_ro_compat & RO_COMPAT_HUGE_FILE) !== 0) {
      blocks += l_i_blocks_high * 0x1_0000_0000;
      if ((i_flags & EXT4_HUGE_FILE_FL) !== 0) blocks *= blockSize / 512;
    }
    // The kernel counts the room that content takes in the inode too, or programs would take the file for one hole.
    if (type === S_IFREG && (i_flags & EXT4_INLINE_DATA_FL) !== 0) blocks += Math.ceil(size / 512);
    const end = GOOD_OLD_INODE_SIZE + i_extra_isize;
    this.ino = ino;
    this.mode = i_mode;
    this.uid = i_uid + l_i_uid_high * 0x10000;
    this.gid = i_gid + l_i_gid_high * 0x10000;
    this.size = size;
    this.nlink = view.getUint16(offset + 0x1a, true);
    this.blocks = blocks;
    this.flags = i_flags;
    this.generation = view.getUint32(offset + 0x64, true);
    this.rdev = type === S_IFCHR || type === S_IFBLK ? readDeviceNumber(view, offset + 0x28) : null;
    this.#superblock = superblock;
    this.#i_atime = view.getInt32(offset + 0x8, true);
    this.#i_ctime = view.getInt32(offset + 0xc, true);
    this.#i_mtime = view.getInt32(offset + 0x10, true);
    this.#i_ctime_extra = end >= 0x88 ? view.getInt32(offset + 0x84, true) : 0;
    this.#i_mtime_extra = end >= 0x8c ? view.getInt32(offset + 0x88, true) : 0;
    this.#i_atime_extra = end >= 0x90 ? view.getInt32(offset + 0x8c, true) : 0;
    this.#i_crtime = end >= 0x94 ? view.getInt32(offset + 0x90, true) : null;
    this.#i_crtime_extra = end >= 0x98 ? view.getInt32(offset + 0x94, true) : 0;
  }

  /** A regular file. */
  get isFile(): boolean {
    return (this.mode & S_IFMT) === S_IFREG;
  }

  /** A folder. */
  get isDirectory(): boolean {
    return (this.mode & S_IFMT) === S_IFDIR;
  }

  /** A symbolic link. */
  get isSymlink(): boolean {
    return (this.mode & S_IFMT) === S_IFLNK;
  }

  /** A block device. */
  get isBlockDevice(): boolean {
    return (this.mode & S_IFMT) === S_IFBLK;
  }

  /** A character device. */
  get isCharDevice(): boolean {
    return (this.mode & S_IFMT) === S_IFCHR;
  }

  /** A named pipe. */
  get isFifo(): boolean {
    return (this.mode & S_IFMT) === S_IFIFO;
  }

  /** A socket. */
  get isSocket(): boolean {
    return (this.mode & S_IFMT) === S_IFSOCK;
  }

  /** When the content was last read. */
  get atime(): Date {
    return toDate(this.#i_atime, this.#i_atime_extra);
  }

  /** When the content last changed. */
  get mtime(): Date {
    return toDate(this.#i_mtime, this.#i_mtime_extra);
  }

  /** When the inode last changed. */
  get ctime(): Date {
    return toDate(this.#i_ctime, this.#i_ctime_extra);
  }

  /** When the file was made, or null if the inode has no room for it. */
  get birthtime(): Date | null {
    return this.#i_crtime === null ? null : toDate(this.#i_crtime, this.#i_crtime_extra);
  }

  /** {@linkcode atime}, exact. */
  get atimespec(): Timespec {
    return toTimespec(this.#i_atime, this.#i_atime_extra);
  }

  /** {@linkcode mtime}, exact. */
  get mtimespec(): Timespec {
    return toTimespec(this.#i_mtime, this.#i_mtime_extra);
  }

  /** {@linkcode ctime}, exact. */
  get ctimespec(): Timespec {
    return toTimespec(this.#i_ctime, this.#i_ctime_extra);
  }

  /** {@linkcode birthtime}, exact, or null if the inode has no room for it. */
  get birthtimespec(): Timespec | null {
    return this.#i_crtime === null ? null : toTimespec(this.#i_crtime, this.#i_crtime_extra);
  }

  /** {@linkcode atime} in nanoseconds since 1970. */
  get atimeNs(): bigint {
    return toNanoseconds(this.atimespec);
  }

  /** {@linkcode mtime} in nanoseconds since 1970. */
  get mtimeNs(): bigint {
    return toNanoseconds(this.mtimespec);
  }

  /** {@linkcode ctime} in nanoseconds since 1970. */
  get ctimeNs(): bigint {
    return toNanoseconds(this.ctimespec);
  }

  /** {@linkcode birthtime} in nanoseconds since 1970, or null if the inode has no room for it. */
  get birthtimeNs(): bigint | null {
    const birthtime = this.birthtimespec;
    return birthtime === null ? null : toNanoseconds(birthtime);
  }
}

/** Whether a file was found in the filesystem with this superblock, since it was opened. */
export function belongsTo(info: FileInfo, superblock: Superblock): boolean {
  return superblockOf(info) === superblock;
}

/** Reads the first two words of `i_block`: the older form of the number, or 0 and the newer form. */
function readDeviceNumber(view: DataView, offset: number): DeviceNumber {
  const old = view.getUint32(offset, true);
  if (old !== 0) return { major: (old >>> 8) & 0xff, minor: old & 0xff };
  const current = view.getUint32(offset + 4, true);
  return {
    major: (current >>> 8) & 0xfff,
    minor: (current & 0xff) | ((current >>> 12) & 0xfff00),
  };
}

/** The lower two bits of an `_extra` field extend the seconds, the upper thirty are nanoseconds. */
function toSeconds(seconds: number, extra: number): number {
  return seconds + (extra & 3) * 0x1_0000_0000;
}

function toDate(seconds: number, extra: number): Date {
  return new Date(toSeconds(seconds, extra) * 1000 + Math.floor((extra >>> 2) / 1_000_000));
}

function toTimespec(seconds: number, extra: number): Timespec {
  const nanoseconds = extra >>> 2;
  // Thirty bits have room for more than a second.
  const carry = nanoseconds < NANOSECONDS_PER_SECOND ? 0 : 1;
  return {
    seconds: toSeconds(seconds, extra) + carry,
    nanoseconds: nanoseconds - carry * NANOSECONDS_PER_SECOND,
  };
}

function toNanoseconds({ seconds, nanoseconds }: Timespec): bigint {
  return BigInt(seconds) * BigInt(NANOSECONDS_PER_SECOND) + BigInt(nanoseconds);
}
