/** The longest path that the kernel unpacks (`PATH_MAX` in include/uapi/linux/limits.h), with its NUL. */
const MAX_PATH_SIZE = 4096;
/** A header has eight hexadecimal digits for each number. */
const MAX_NUMBER = 0xffffffff;
const TRAILER = "TRAILER!!!";

const TYPE_BITS = {
  file: 0o100000,
  directory: 0o040000,
  symlink: 0o120000,
  "character-device": 0o020000,
  "block-device": 0o060000,
} as const;

/** One entry of an archive: a file, a folder, a symbolic link or a device. */
export type CpioEntry =
  & {
    /** The path, relative to the root: `usr/lib/systemd`. Its folders need their own entries before it. */
    readonly path: string;
    /** The permission bits, such as `0o755`. */
    readonly mode: number;
    /** The owner's number; default: 0. */
    readonly uid?: number;
    /** The group's number; default: 0. */
    readonly gid?: number;
  }
  & (
    | { readonly type: "file"; readonly content: Uint8Array<ArrayBuffer> | string }
    | { readonly type: "directory" }
    | { readonly type: "symlink"; readonly target: string }
    | {
      readonly type: "character-device" | "block-device";
      readonly major: number;
      readonly minor: number;
    }
  );

/**
 * Makes an uncompressed cpio archive in the format `newc`, which the kernel unpacks as an initramfs. All times are 0,
 * so the same entries make the same bytes.
 *
 * @see {@link https://docs.kernel.org/driver-api/early-userspace/buffer-format.html}
 * @param entries The files, folders before their content.
 * @returns The archive in chunks, a multiple of four bytes long.
 * @throws {RangeError} If a path is empty, too long, absolute, leads outside or has a NUL, or a number is too large.
 */
export function* cpioArchive(
  entries: Iterable<CpioEntry>,
): Generator<Uint8Array<ArrayBuffer>, void> {
  let inode = 1;
  for (const entry of entries) {
    checkPath(entry.path);
    const content = contentOf(entry);
    const isDevice = entry.type === "character-device" || entry.type === "block-device";
    yield header(entry.path, [
      inode++,
      TYPE_BITS[entry.type] | entry.mode & 0o7777,
      entry.uid ?? 0,
      entry.gid ?? 0,
      entry.type === "directory" ? 2 : 1,
      0,
      content.length,
      0,
      0,
      isDevice ? entry.major : 0,
      isDevice ? entry.minor : 0,
    ]);
    yield content;
    yield padding(content.length);
  }
  yield header(TRAILER, [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
}

function contentOf(entry: CpioEntry): Uint8Array<ArrayBuffer> {
  if (entry.type === "symlink") return new TextEncoder().encode(entry.target);
  if (entry.type !== "file") return new Uint8Array(0);
  return typeof entry.content === "string"
    ? new TextEncoder().encode(entry.content)
    : entry.content;
}

/**
 * The magic, the numbers in the order of the format (c_ino, c_mode, c_uid, c_gid, c_nlink, c_mtime, c_filesize, c_maj,
 * c_min, c_rmaj, c_rmin, then c_namesize and c_chksum) and the name, up to the next multiple of four.
 */
function header(path: string, numbers: readonly number[]): Uint8Array<ArrayBuffer> {
  const name = new TextEncoder().encode(path);
  if (name.length >= MAX_PATH_SIZE) {
    throw new RangeError(`Cannot put ${path.slice(0, 64)}… into a cpio archive: it is too long`);
  }
  const fields = [...numbers, name.length + 1, 0].map((number) => {
    if (!Number.isInteger(number) || number < 0 || number > MAX_NUMBER) {
      throw new RangeError(`Cannot put ${path} into a cpio archive: ${number} does not fit`);
    }
    return number.toString(16).padStart(8, "0").toUpperCase();
  });
  const text = new TextEncoder().encode(`070701${fields.join("")}`);
  const length = text.length + name.length + 1;
  const bytes = new Uint8Array(length + padding(length).length);
  bytes.set(text);
  bytes.set(name, text.length);
  return bytes;
}

function padding(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array((4 - length % 4) % 4);
}

function checkPath(path: string): void {
  const parts = path.split("/");
  if (
    path.includes("\0") || path === TRAILER ||
    parts.some((part) => ["", ".", ".."].includes(part))
  ) {
    throw new RangeError(`Cannot put ${JSON.stringify(path)} into a cpio archive: no such path`);
  }
}
