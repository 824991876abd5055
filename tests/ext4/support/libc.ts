/**
 * The kernel's system calls that `Deno` has no name for, called through the C library.
 *
 * The oracle asks the kernel about names that are not UTF-8, nanoseconds, birth times, extended
 * attributes and holes; and it makes files that have them. Linux with glibc only.
 *
 * @module
 */

/** A path as the kernel sees it: bytes. A string is encoded as UTF-8. */
export type BytePath = string | Uint8Array<ArrayBuffer>;

/** A system call failed; `errno` is the kernel's number. */
export class SystemCallError extends Error {
  override name = "SystemCallError";
  readonly errno: number;
  constructor(call: string, subject: BytePath | number, errno: number) {
    const shown = subject instanceof Uint8Array ? new TextDecoder().decode(subject) : subject;
    super(`Cannot ${call} ${shown}: errno ${errno}`);
    this.errno = errno;
  }
}

/** What `statx(2)` says, as far as the oracle compares it. Times are nanoseconds since 1970. */
export interface KernelStat {
  readonly ino: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly nlink: number;
  readonly size: number;
  readonly blocks: number;
  readonly rdev: string;
  readonly atime: bigint;
  readonly mtime: bigint;
  readonly ctime: bigint;
  readonly birthtime: bigint | null;
}

export const ENOENT = 2;
export const ENXIO = 6;
const EAGAIN = 11;
export const ENOTDIR = 20;
export const ENAMETOOLONG = 36;
export const ELOOP = 40;
export const ESTALE = 116;
export const EUCLEAN = 117;

export const S_IFMT = 0o170000;
export const S_IFIFO = 0o010000;
export const S_IFCHR = 0o020000;
export const S_IFDIR = 0o040000;
export const S_IFBLK = 0o060000;
export const S_IFREG = 0o100000;
export const S_IFLNK = 0o120000;
export const S_IFSOCK = 0o140000;

const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_EMPTY_PATH = 0x1000;
const STATX_BASIC_STATS_AND_BTIME = 0xfff;
const STATX_BTIME = 0x800;
const O_RDONLY = 0;
const O_WRONLY = 1;
const O_CREAT = 0o100;
// These four differ between x86 and ARM.
const ARM = Deno.build.arch === "aarch64";
const O_DIRECTORY = ARM ? 0o40000 : 0o200000;
const O_NOFOLLOW = ARM ? 0o100000 : 0o400000;
const O_PATH = 0o10000000;
const RESOLVE_IN_ROOT = 0x10;
const SYS_OPENAT2 = 437;
const SEEK_DATA = 3;
const SEEK_HOLE = 4;

const libc = Deno.dlopen("libc.so.6", {
  __errno_location: { parameters: [], result: "pointer" },
  open: { parameters: ["buffer", "i32", "u32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  statx: { parameters: ["i32", "buffer", "i32", "u32", "buffer"], result: "i32" },
  getdents64: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  readlink: { parameters: ["buffer", "buffer", "usize"], result: "isize" },
  llistxattr: { parameters: ["buffer", "buffer", "usize"], result: "isize" },
  lgetxattr: { parameters: ["buffer", "buffer", "buffer", "usize"], result: "isize" },
  lsetxattr: { parameters: ["buffer", "buffer", "buffer", "usize", "i32"], result: "i32" },
  lseek: { parameters: ["i32", "i64", "i32"], result: "i64" },
  pread: { parameters: ["i32", "buffer", "usize", "i64"], result: "isize" },
  pwrite: { parameters: ["i32", "buffer", "usize", "i64"], result: "isize" },
  ftruncate: { parameters: ["i32", "i64"], result: "i32" },
  fallocate: { parameters: ["i32", "i32", "i64", "i64"], result: "i32" },
  fsync: { parameters: ["i32"], result: "i32" },
  mkdir: { parameters: ["buffer", "u32"], result: "i32" },
  rmdir: { parameters: ["buffer"], result: "i32" },
  unlink: { parameters: ["buffer"], result: "i32" },
  rename: { parameters: ["buffer", "buffer"], result: "i32" },
  mknod: { parameters: ["buffer", "u32", "u64"], result: "i32" },
  symlink: { parameters: ["buffer", "buffer"], result: "i32" },
  link: { parameters: ["buffer", "buffer"], result: "i32" },
  chmod: { parameters: ["buffer", "u32"], result: "i32" },
  lchown: { parameters: ["buffer", "u32", "u32"], result: "i32" },
  utimensat: { parameters: ["i32", "buffer", "buffer", "i32"], result: "i32" },
  syscall: {
    parameters: ["i64", "i64", "buffer", "buffer", "i64"],
    result: "i64",
  },
});
const c = libc.symbols;

function cString(text: BytePath): Uint8Array<ArrayBuffer> {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  const terminated = new Uint8Array(bytes.length + 1);
  terminated.set(bytes);
  return terminated;
}

function check(result: number | bigint, call: string, subject: BytePath | number): number {
  if (result >= 0) return Number(result);
  const location = c.__errno_location();
  const errno = location === null ? 0 : new Deno.UnsafePointerView(location).getInt32();
  throw new SystemCallError(call, subject, errno);
}

/** `folder/name` in bytes. */
export function joinBytes(folder: BytePath, name: BytePath): Uint8Array<ArrayBuffer> {
  const [left, right] = [folder, name].map((part) =>
    typeof part === "string" ? new TextEncoder().encode(part) : part
  ) as [Uint8Array, Uint8Array];
  const joined = new Uint8Array(left.length + 1 + right.length);
  joined.set(left);
  joined[left.length] = 0x2f;
  joined.set(right, left.length + 1);
  return joined;
}

function parseStatx(buffer: Uint8Array<ArrayBuffer>): KernelStat {
  const view = new DataView(buffer.buffer);
  const time = (offset: number) =>
    view.getBigInt64(offset, true) * 1_000_000_000n + BigInt(view.getUint32(offset + 8, true));
  const hasBirthtime = (view.getUint32(0, true) & STATX_BTIME) !== 0;
  return {
    nlink: view.getUint32(16, true),
    uid: view.getUint32(20, true),
    gid: view.getUint32(24, true),
    mode: view.getUint16(28, true),
    ino: Number(view.getBigUint64(32, true)),
    size: Number(view.getBigUint64(40, true)),
    blocks: Number(view.getBigUint64(48, true)),
    atime: time(64),
    birthtime: hasBirthtime ? time(80) : null,
    ctime: time(96),
    mtime: time(112),
    rdev: `${view.getUint32(128, true)}:${view.getUint32(132, true)}`,
  };
}

/** `lstat` with everything that `statx(2)` gives. */
export function lstat(path: BytePath): KernelStat {
  const buffer = new Uint8Array(256);
  check(
    c.statx(AT_FDCWD, cString(path), AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS_AND_BTIME, buffer),
    "stat",
    path,
  );
  return parseStatx(buffer);
}

/** `stat` of `path` with `root` as the root folder, as after `chroot`: links never leave it. */
export function statInRoot(root: string, path: BytePath): KernelStat {
  const rootFile = check(c.open(cString(root), O_PATH | O_DIRECTORY, 0), "open", root);
  try {
    const file = openInRoot(rootFile, path);
    try {
      const buffer = new Uint8Array(256);
      check(
        c.statx(file, cString(""), AT_EMPTY_PATH, STATX_BASIC_STATS_AND_BTIME, buffer),
        "stat",
        path,
      );
      return parseStatx(buffer);
    } finally {
      c.close(file);
    }
  } finally {
    c.close(rootFile);
  }
}

function openInRoot(root: number, path: BytePath): number {
  const how = new BigUint64Array([BigInt(O_PATH), 0n, BigInt(RESOLVE_IN_ROOT)]);
  // Whenever anything is renamed or mounted meanwhile, the kernel asks to try again.
  for (let attempt = 0;; attempt++) {
    try {
      const file = c.syscall(BigInt(SYS_OPENAT2), BigInt(root), cString(path), how, 24n);
      return check(file, "open", path);
    } catch (error) {
      const isRace = error instanceof SystemCallError && error.errno === EAGAIN;
      if (!isRace || attempt === 1000) throw error;
    }
  }
}

/** The names in a folder as the kernel lists them, `.` and `..` included. */
export function readNames(path: BytePath): Uint8Array<ArrayBuffer>[] {
  const file = check(c.open(cString(path), O_RDONLY | O_DIRECTORY, 0), "open", path);
  try {
    const names: Uint8Array<ArrayBuffer>[] = [];
    const buffer = new Uint8Array(64 * 1024);
    const view = new DataView(buffer.buffer);
    for (;;) {
      const length = check(c.getdents64(file, buffer, BigInt(buffer.length)), "list", path);
      if (length === 0) return names;
      for (let offset = 0; offset < length; offset += view.getUint16(offset + 16, true)) {
        const start = offset + 19;
        names.push(buffer.slice(start, buffer.indexOf(0, start)));
      }
    }
  } finally {
    c.close(file);
  }
}

/** The target of a symbolic link. */
export function readLink(path: BytePath): Uint8Array<ArrayBuffer> {
  const buffer = new Uint8Array(65536);
  const length = check(
    c.readlink(cString(path), buffer, BigInt(buffer.length)),
    "read the link",
    path,
  );
  return buffer.slice(0, length);
}

/** All extended attributes of a path; a link is not followed. */
export function xattrs(path: BytePath): Map<string, Uint8Array<ArrayBuffer>> {
  const buffer = new Uint8Array(65536);
  const length = check(
    c.llistxattr(cString(path), buffer, BigInt(buffer.length)),
    "list the xattrs of",
    path,
  );
  const names = new TextDecoder("latin1").decode(buffer.subarray(0, length)).split("\0");
  const values = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const name of names.slice(0, -1)) {
    const nameBytes = Uint8Array.from(name, (character) => character.charCodeAt(0));
    const size = check(
      c.lgetxattr(cString(path), cString(nameBytes), buffer, BigInt(buffer.length)),
      `read the xattr ${name} of`,
      path,
    );
    values.set(name, buffer.slice(0, size));
  }
  return values;
}

/** Sets an extended attribute; a link is not followed. */
export function setXattr(path: BytePath, name: string, value: Uint8Array<ArrayBuffer>): void {
  check(
    c.lsetxattr(cString(path), cString(name), value, BigInt(value.length), 0),
    `set the xattr ${name} of`,
    path,
  );
}

/** An open file: for what the oracle reads, and for writing the files of images. */
export class KernelFile implements Disposable {
  readonly #path: BytePath;
  readonly #file: number;

  private constructor(path: BytePath, flags: number) {
    this.#path = path;
    this.#file = check(c.open(cString(path), flags, 0o644), "open", path);
  }

  static open(path: BytePath): KernelFile {
    return new KernelFile(path, O_RDONLY | O_NOFOLLOW);
  }

  /** Opens a folder, to hold on to it. */
  static openFolder(path: BytePath): KernelFile {
    return new KernelFile(path, O_PATH | O_DIRECTORY);
  }

  static create(path: BytePath): KernelFile {
    return new KernelFile(path, O_WRONLY | O_CREAT | O_NOFOLLOW);
  }

  /** A path that leads to this folder as long as it is open, no matter where it is mounted. */
  get path(): string {
    // The dot makes it the folder itself, not a link to it.
    return `/proc/${Deno.pid}/fd/${this.#file}/.`;
  }

  read(buffer: Uint8Array<ArrayBuffer>, position: number): number {
    const count = c.pread(this.#file, buffer, BigInt(buffer.length), BigInt(position));
    return check(count, "read", this.#path);
  }

  write(bytes: Uint8Array<ArrayBuffer>, position: number): void {
    const count = c.pwrite(this.#file, bytes, BigInt(bytes.length), BigInt(position));
    if (check(count, "write", this.#path) < bytes.length) {
      throw new SystemCallError("write all of", this.#path, 0);
    }
  }

  /** The ranges with data, found with `SEEK_DATA` and `SEEK_HOLE`. */
  dataRanges(): { offset: number; length: number }[] {
    const ranges = [];
    for (let position = 0n;;) {
      let start: number;
      try {
        start = check(c.lseek(this.#file, position, SEEK_DATA), "seek in", this.#path);
      } catch (error) {
        if (error instanceof SystemCallError && error.errno === ENXIO) return ranges;
        throw error;
      }
      const end = check(
        c.lseek(this.#file, BigInt(start), SEEK_HOLE),
        "seek in",
        this.#path,
      );
      ranges.push({ offset: start, length: end - start });
      position = BigInt(end);
    }
  }

  truncate(size: number): void {
    check(c.ftruncate(this.#file, BigInt(size)), "resize", this.#path);
  }

  allocate(offset: number, length: number): void {
    check(c.fallocate(this.#file, 0, BigInt(offset), BigInt(length)), "allocate", this.#path);
  }

  sync(): void {
    check(c.fsync(this.#file), "sync", this.#path);
  }

  [Symbol.dispose](): void {
    c.close(this.#file);
  }
}

/** `fsync` of a folder, which commits the journal's transaction. */
export function syncFolder(path: BytePath): void {
  const file = check(c.open(cString(path), O_RDONLY | O_DIRECTORY, 0), "open", path);
  try {
    check(c.fsync(file), "sync", path);
  } finally {
    c.close(file);
  }
}

export function makeFolder(path: BytePath): void {
  check(c.mkdir(cString(path), 0o755), "make the folder", path);
}

export function removeFolder(path: BytePath): void {
  check(c.rmdir(cString(path)), "remove the folder", path);
}

export function removeFile(path: BytePath): void {
  check(c.unlink(cString(path)), "remove", path);
}

export function rename(from: BytePath, to: BytePath): void {
  check(c.rename(cString(from), cString(to)), "rename", from);
}

export function makeSymlink(path: BytePath, target: BytePath): void {
  check(c.symlink(cString(target), cString(path)), "make the link", path);
}

export function makeHardLink(existing: BytePath, path: BytePath): void {
  check(c.link(cString(existing), cString(path)), "link", path);
}

/** Makes a device, FIFO or socket; `mode` holds the type. */
export function makeNode(path: BytePath, mode: number, major = 0, minor = 0): void {
  const device = BigInt(minor & 0xff) | (BigInt(major & 0xfff) << 8n) |
    (BigInt(minor & ~0xff) << 12n) | (BigInt(major & ~0xfff) << 32n);
  check(c.mknod(cString(path), mode, device), "make the node", path);
}

export function changeMode(path: BytePath, mode: number): void {
  check(c.chmod(cString(path), mode), "change the mode of", path);
}

export function changeOwner(path: BytePath, uid: number, gid: number): void {
  check(c.lchown(cString(path), uid, gid), "change the owner of", path);
}

/** Sets access and modification time, in nanoseconds since 1970; a link is not followed. */
export function changeTimes(path: BytePath, atime: bigint, mtime: bigint): void {
  const times = new BigInt64Array(4);
  [atime, mtime].forEach((time, index) => {
    const nanoseconds = ((time % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
    times[index * 2] = (time - nanoseconds) / 1_000_000_000n;
    times[index * 2 + 1] = nanoseconds;
  });
  check(
    c.utimensat(AT_FDCWD, cString(path), times, AT_SYMLINK_NOFOLLOW),
    "set the times of",
    path,
  );
}
