/**
 * The headers of a tar archive in the PAX interchange format.
 *
 * Sources: POSIX.1-2017, `pax`, "pax Interchange Format" and "ustar Interchange Format"; GNU tar manual, "Storing
 * Sparse Files, PAX Format, Version 1.0"; star's `SCHILY.xattr` records, as libarchive and GNU tar read them.
 *
 * @module
 */

const BLOCK = 512;
const encoder = new TextEncoder();
const strictDecoder = new TextDecoder("utf-8", { fatal: true });

/**
 * The types of a tar member.
 *
 * @example Usage
 * ```ts
 * import type { TarMemberType } from "@x/snapvm/oci";
 * import assert from "node:assert/strict";
 *
 * const typeOf = ({ isDirectory }: Deno.FileInfo): TarMemberType =>
 *   isDirectory ? "directory" : "file";
 * assert.equal(typeOf(await Deno.stat(".")), "directory");
 * ```
 */
export type TarMemberType =
  | "file"
  | "link"
  | "symlink"
  | "character-device"
  | "block-device"
  | "directory"
  | "fifo";

const TYPE_FLAGS: Readonly<Record<TarMemberType, string>> = {
  "file": "0",
  "link": "1",
  "symlink": "2",
  "character-device": "3",
  "block-device": "4",
  "directory": "5",
  "fifo": "6",
};

/**
 * A range of a sparse file that has data.
 *
 * @example A hole between two blocks
 * ```ts
 * import { type TarDataRange, tarHeader } from "@x/snapvm/oci";
 * import assert from "node:assert/strict";
 *
 * const dataRanges: TarDataRange[] = [{ offset: 0, length: 4096 }, { offset: 1e6, length: 4096 }];
 * const header = tarHeader({
 *   path: new TextEncoder().encode("sparse"),
 *   type: "file",
 *   mode: 0o644,
 *   uid: 0,
 *   gid: 0,
 *   size: 1e6 + 4096,
 *   mtimeNs: 0n,
 *   dataRanges,
 * });
 * assert.match(new TextDecoder().decode(header), /GNU\.sparse\.realsize=1004096/);
 * ```
 */
export interface TarDataRange {
  /** The distance from the start of the file, in bytes. */
  readonly offset: number;
  /** The length in bytes. */
  readonly length: number;
}

/**
 * One member of an archive.
 *
 * @example A symbolic link
 * ```ts
 * import { tarHeader, type TarMember } from "@x/snapvm/oci";
 * import assert from "node:assert/strict";
 *
 * const encoder = new TextEncoder();
 * const link: TarMember = {
 *   path: encoder.encode("bin"),
 *   type: "symlink",
 *   linkPath: encoder.encode("usr/bin"),
 *   mode: 0o777,
 *   uid: 0,
 *   gid: 0,
 *   size: 0,
 *   mtimeNs: 0n,
 * };
 * assert.equal(tarHeader(link).length, 512);
 * ```
 */
export interface TarMember {
  /** The relative path, as bytes: a name need not be UTF-8. */
  readonly path: Uint8Array;
  /** The type. */
  readonly type: TarMemberType;
  /** Permission bits, including the set-id and sticky bits. */
  readonly mode: number;
  /** The owner's number. */
  readonly uid: number;
  /** The group's number. */
  readonly gid: number;
  /** The size of a file in bytes, including holes; 0 for everything else. */
  readonly size: number;
  /** The time of the last change, in nanoseconds since 1970. */
  readonly mtimeNs: bigint;
  /** The target of a symbolic link, or the path of the member that a hard link names again. */
  readonly linkPath?: Uint8Array;
  /** The numbers of a device. */
  readonly device?: { readonly major: number; readonly minor: number };
  /** Extended attributes by their full names. */
  readonly xattrs?: ReadonlyMap<string, Uint8Array>;
  /** The ranges with data of a file with holes, in ascending order. Only they follow the header. */
  readonly dataRanges?: readonly TarDataRange[];
}

/**
 * The two blocks of zeros at the end of an archive.
 *
 * @example An empty archive
 * ```ts
 * import { tarEnd } from "@x/snapvm/oci";
 * import assert from "node:assert/strict";
 *
 * assert.equal(tarEnd.length, 1024);
 * ```
 */
export const tarEnd: Uint8Array<ArrayBuffer> = new Uint8Array(2 * BLOCK);

/**
 * Makes the zeros that fill data up to a whole block.
 *
 * @param length The length of the data in bytes.
 * @returns 0 to 511 zeros.
 *
 * @example
 * ```ts
 * import { tarPadding } from "@x/snapvm/oci";
 * import assert from "node:assert/strict";
 *
 * assert.equal(tarPadding(1000).length, 24);
 * assert.equal(tarPadding(1024).length, 0);
 * ```
 */
export function tarPadding(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array((BLOCK - (length % BLOCK)) % BLOCK);
}

/**
 * Makes the part of a member before its data: the extended header if the member needs one, the header, and the map of a
 * sparse file. The data comes next, then {@linkcode tarPadding} for its length.
 *
 * @param member The member.
 * @returns Whole blocks.
 * @throws {RangeError} If the format cannot hold a device number.
 *
 * @example
 * ```ts
 * import { tarHeader } from "@x/snapvm/oci";
 * import assert from "node:assert/strict";
 *
 * const header = tarHeader({
 *   path: new TextEncoder().encode("etc/hostname"),
 *   type: "file",
 *   mode: 0o644,
 *   uid: 0,
 *   gid: 0,
 *   size: 5,
 *   mtimeNs: 0n,
 * });
 * assert.equal(header.length, 512);
 * ```
 */
export function tarHeader(member: TarMember): Uint8Array<ArrayBuffer> {
  const sparseMap = member.dataRanges === undefined
    ? undefined
    : encodeSparseMap(member.dataRanges, member.size);
  const stored = member.dataRanges === undefined
    ? member.size
    : member.dataRanges.reduce((sum, { length }) => sum + length, sparseMap?.length ?? 0);
  const records = extendedRecords(member, stored);
  const parts: Uint8Array[] = [];
  if (records.length > 0) {
    parts.push(
      encodeBlock({ name: encoder.encode("@PaxHeader"), typeFlag: "x", size: records.length }),
      records,
      tarPadding(records.length),
    );
  }
  parts.push(encodeBlock({
    name: member.path,
    typeFlag: TYPE_FLAGS[member.type],
    size: stored,
    mode: member.mode,
    uid: member.uid,
    gid: member.gid,
    mtime: Number(floorSeconds(member.mtimeNs)),
    ...member.linkPath && { linkName: member.linkPath },
    ...member.device && { device: member.device },
  }));
  if (sparseMap !== undefined) parts.push(sparseMap);
  return concatenate(parts);
}

/** The records of the extended header, for values that do not fit the fixed fields of a ustar block. */
function extendedRecords(member: TarMember, stored: number): Uint8Array<ArrayBuffer> {
  const records: Uint8Array[] = [];
  const add = (key: string, value: Uint8Array | string) =>
    records.push(encodeRecord(key, typeof value === "string" ? encoder.encode(value) : value));
  const names = [member.path, member.linkPath ?? new Uint8Array()];
  if (!names.every(isUtf8)) add("hdrcharset", "BINARY");
  if (member.dataRanges !== undefined) {
    add("GNU.sparse.major", "1");
    add("GNU.sparse.minor", "0");
    add("GNU.sparse.name", member.path);
    add("GNU.sparse.realsize", String(member.size));
  } else if (!fitsName(member.path)) {
    add("path", member.path);
  }
  if (member.linkPath !== undefined && !fitsName(member.linkPath)) {
    add("linkpath", member.linkPath);
  }
  if (!fitsOctal(stored, 12)) add("size", String(stored));
  if (!fitsOctal(member.uid, 8)) add("uid", String(member.uid));
  if (!fitsOctal(member.gid, 8)) add("gid", String(member.gid));
  if (
    member.mtimeNs % 1_000_000_000n !== 0n ||
    !fitsOctal(Number(member.mtimeNs / 1_000_000_000n), 12)
  ) {
    add("mtime", formatTime(member.mtimeNs));
  }
  for (const [name, value] of member.xattrs ?? []) {
    add(`SCHILY.xattr.${name.replaceAll("%", "%25").replaceAll("=", "%3D")}`, value);
  }
  return concatenate(records);
}

/** Encodes `<length> <key>=<value>\n`; the length includes its own digits. */
function encodeRecord(key: string, value: Uint8Array): Uint8Array<ArrayBuffer> {
  const keyBytes = encoder.encode(` ${key}=`);
  const rest = keyBytes.length + value.length + 1;
  let length = rest + String(rest).length;
  if (rest + String(length).length > length) length = rest + String(length).length;
  return concatenate([encoder.encode(String(length)), keyBytes, value, encoder.encode("\n")]);
}

/** Encodes the map before a sparse file's data, in decimal lines: the number of ranges, then each offset and length. */
function encodeSparseMap(ranges: readonly TarDataRange[], size: number): Uint8Array<ArrayBuffer> {
  const last = ranges.at(-1);
  const closed = last !== undefined && last.offset + last.length === size
    ? ranges
    : [...ranges, { offset: size, length: 0 }];
  const text = encoder.encode(
    `${closed.length}\n${closed.map(({ offset, length }) => `${offset}\n${length}\n`).join("")}`,
  );
  return concatenate([text, tarPadding(text.length)]);
}

interface HeaderFields {
  readonly name: Uint8Array;
  readonly typeFlag: string;
  readonly size: number;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly mtime?: number;
  readonly linkName?: Uint8Array;
  readonly device?: { readonly major: number; readonly minor: number };
}

function encodeBlock(fields: HeaderFields): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(BLOCK);
  const text = (value: string, offset: number) => block.set(encoder.encode(value), offset);
  const octal = (value: number, offset: number, width: number) =>
    text(`${value.toString(8).padStart(width - 1, "0")}\0`, offset);
  const { major, minor } = fields.device ?? { major: 0, minor: 0 };
  if (!fitsOctal(major, 8) || !fitsOctal(minor, 8)) {
    throw new RangeError(`Cannot store device ${major}:${minor} in a tar archive: it is too large`);
  }
  block.set(fields.name.subarray(0, 100), 0);
  octal((fields.mode ?? 0o644) & 0o7777, 100, 8);
  octal(orZero(fields.uid, 8), 108, 8);
  octal(orZero(fields.gid, 8), 116, 8);
  octal(orZero(fields.size, 12), 124, 12);
  octal(orZero(fields.mtime, 12), 136, 12);
  text("        ", 148);
  text(fields.typeFlag, 156);
  block.set((fields.linkName ?? new Uint8Array()).subarray(0, 100), 157);
  text("ustar\x0000", 257);
  octal(major, 329, 8);
  octal(minor, 337, 8);
  const checksum = block.reduce((sum, byte) => sum + byte, 0);
  text(`${checksum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

/** The value if its field can hold it; otherwise 0, and the extended header has the value. */
function orZero(value: number | undefined, width: number): number {
  return value !== undefined && fitsOctal(value, width) ? value : 0;
}

function fitsOctal(value: number, width: number): boolean {
  return value >= 0 && value < 8 ** (width - 1);
}

/** Whether a name fits the 100 bytes of a ustar block, in ASCII, which every reader understands. */
function fitsName(name: Uint8Array): boolean {
  return name.length <= 100 && name.every((byte) => byte < 0x80);
}

function isUtf8(name: Uint8Array): boolean {
  try {
    strictDecoder.decode(name);
    return true;
  } catch {
    return false;
  }
}

function floorSeconds(nanoseconds: bigint): bigint {
  const seconds = nanoseconds / 1_000_000_000n;
  return nanoseconds < 0n && seconds * 1_000_000_000n !== nanoseconds ? seconds - 1n : seconds;
}

/** Formats seconds with a decimal fraction: `-1.5` is 1.5 seconds before 1970. */
function formatTime(nanoseconds: bigint): string {
  const sign = nanoseconds < 0n ? "-" : "";
  const magnitude = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  const fraction = String(magnitude % 1_000_000_000n).padStart(9, "0").replace(/0+$/, "");
  return `${sign}${magnitude / 1_000_000_000n}${fraction === "" ? "" : `.${fraction}`}`;
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
