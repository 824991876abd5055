import { LayerFault } from "./layer_fault.ts";
import type { LayerTime } from "./layer_target.ts";

const DIGIT_ZERO = 0x30;
const SPACE = 0x20;
const EQUALS = 0x3d;
const NEWLINE = 0x0a;
const MINUS = 0x2d;
const DOT = 0x2e;

const PERCENT = 0x25;
/** The kernel's `XATTR_NAME_MAX`. */
const MAX_XATTR_NAME = 255;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A file's sparse map while its records are read. */
export interface PaxSparse {
  major?: string;
  minor?: string;
  name?: Uint8Array;
  realSize?: number;
  /** Offsets and lengths in turn. */
  map?: number[];
}

/** What extended headers say. `null`: a record without a value, which takes back what an earlier header said. */
export interface PaxValues {
  path?: Uint8Array | null;
  linkPath?: Uint8Array | null;
  size?: number | null;
  uid?: number | null;
  gid?: number | null;
  mtime?: LayerTime | null;
  atime?: LayerTime | null;
  ctime?: LayerTime | null;
  /** `SCHILY.xattr`: the name is percent encoded by some writers, the value is bytes. */
  xattrs?: Map<string, Uint8Array>;
  /** `LIBARCHIVE.xattr`: the same, if there is no `SCHILY.xattr` of that name. */
  encodedXattrs?: Map<string, Uint8Array>;
  sparse?: PaxSparse;
}

/**
 * Reads the records of an extended header.
 *
 * Sources: POSIX.1-2017, `pax`; GNU tar manual, "Storing Sparse Files"; libarchive's `tar(5)`.
 *
 * @param bytes All of the records.
 * @param values Where to put what they say.
 */
export function parsePaxRecords(bytes: Uint8Array, values: PaxValues): void {
  for (let at = 0; at < bytes.length;) {
    let length = 0;
    let next = at;
    for (; next < bytes.length && bytes[next] !== SPACE; next++) {
      const digit = bytes[next]! - DIGIT_ZERO;
      if (digit < 0 || digit > 9 || length > bytes.length) throw badRecord("has no length");
      length = length * 10 + digit;
    }
    const end = at + length;
    if (next === at || end > bytes.length || end <= next + 2 || bytes[end - 1] !== NEWLINE) {
      // Some writers fill up with NULs.
      if (bytes[at] === 0 && bytes.subarray(at).every((byte) => byte === 0)) return;
      throw badRecord("has a wrong length");
    }
    const equals = bytes.indexOf(EQUALS, next + 1);
    if (equals < 0 || equals >= end) throw badRecord("has no `=`");
    takeRecord(bytes, next + 1, equals, end - 1, values);
    at = end;
  }
}

function takeRecord(
  bytes: Uint8Array,
  keyStart: number,
  keyEnd: number,
  end: number,
  values: PaxValues,
): void {
  const start = keyEnd + 1;
  const key = ascii(bytes, keyStart, keyEnd);
  switch (key) {
    case "path":
      values.path = start === end ? null : bytes.subarray(start, end);
      return;
    case "linkpath":
      values.linkPath = start === end ? null : bytes.subarray(start, end);
      return;
    case "size":
      values.size = start === end ? null : decimal(bytes, start, end);
      return;
    case "uid":
      values.uid = start === end ? null : decimal(bytes, start, end);
      return;
    case "gid":
      values.gid = start === end ? null : decimal(bytes, start, end);
      return;
    case "mtime":
      values.mtime = start === end ? null : time(bytes, start, end);
      return;
    case "atime":
      values.atime = start === end ? null : time(bytes, start, end);
      return;
    case "ctime":
      values.ctime = start === end ? null : time(bytes, start, end);
      return;
  }
  if (key.startsWith("SCHILY.xattr.")) {
    const name = xattrName(bytes, keyStart + 13, keyEnd, isEscapedByTar);
    (values.xattrs ??= new Map()).set(name, bytes.slice(start, end));
  } else if (key.startsWith("LIBARCHIVE.xattr.")) {
    const name = xattrName(bytes, keyStart + 17, keyEnd, () => true);
    (values.encodedXattrs ??= new Map()).set(name, base64(bytes, start, end));
  } else if (key.startsWith("GNU.sparse.")) {
    takeSparse(key.slice(11), bytes, start, end, values.sparse ??= {});
  }
}

function takeSparse(
  key: string,
  bytes: Uint8Array,
  start: number,
  end: number,
  sparse: PaxSparse,
): void {
  switch (key) {
    case "major":
      sparse.major = ascii(bytes, start, end);
      return;
    case "minor":
      sparse.minor = ascii(bytes, start, end);
      return;
    case "name":
      sparse.name = bytes.subarray(start, end);
      return;
    case "size":
    case "realsize":
      sparse.realSize = decimal(bytes, start, end);
      return;
    case "offset":
    case "numbytes": {
      const map = sparse.map ??= [];
      if (map.length % 2 !== (key === "offset" ? 0 : 1)) {
        throw new LayerFault(
          "bad-sparse-map",
          "its sparse map has offsets and lengths out of turn",
        );
      }
      map.push(decimal(bytes, start, end));
      return;
    }
    case "map": {
      const map: number[] = [];
      for (let at = start; at < end;) {
        const comma = bytes.indexOf(0x2c, at);
        const next = comma < 0 || comma > end ? end : comma;
        map.push(decimal(bytes, at, next));
        at = next + 1;
      }
      sparse.map = map;
      return;
    }
  }
}

function ascii(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at]!);
  return text;
}

/** GNU tar writes only these two as `%` and two digits; others write a name as it is. */
function isEscapedByTar(byte: number): boolean {
  return byte === PERCENT || byte === EQUALS;
}

function xattrName(
  bytes: Uint8Array,
  start: number,
  end: number,
  isEscaped: (byte: number) => boolean,
): string {
  const name: number[] = [];
  for (let at = start; at < end; at++) {
    const code = bytes[at] === PERCENT && at + 2 < end
      ? parseInt(/^[0-9A-Fa-f]{2}$/.exec(ascii(bytes, at + 1, at + 3))?.[0] ?? "", 16)
      : NaN;
    const byte = !Number.isNaN(code) && isEscaped(code) ? code : bytes[at]!;
    if (byte === code) at += 2;
    name.push(byte);
  }
  try {
    const text = decoder.decode(Uint8Array.from(name));
    if (text !== "" && name.length <= MAX_XATTR_NAME && !text.includes("\0")) return text;
  } catch {
    // The same error.
  }
  throw new LayerFault("bad-xattr", "the name of an extended attribute cannot be one");
}

function base64(bytes: Uint8Array, start: number, end: number): Uint8Array {
  try {
    return Uint8Array.fromBase64(ascii(bytes, start, end), { lastChunkHandling: "loose" });
  } catch (cause) {
    throw new LayerFault(
      "bad-pax-record",
      "an extended attribute is not in base 64",
      undefined,
      cause,
    );
  }
}

/** Reads a decimal number, which may be negative. */
function decimal(bytes: Uint8Array, start: number, end: number): number {
  const isNegative = bytes[start] === MINUS;
  const first = isNegative ? start + 1 : start;
  let value = 0;
  for (let at = first; at < end; at++) {
    const digit = bytes[at]! - DIGIT_ZERO;
    if (digit < 0 || digit > 9) throw badNumber("has a character that is no digit");
    value = value * 10 + digit;
    if (value > Number.MAX_SAFE_INTEGER) throw badNumber("is too large");
  }
  if (first === end) throw badNumber("has no digits");
  return isNegative ? -value : value;
}

/** Reads seconds with a decimal fraction: `-1.5` is 1.5 seconds before 1970. What is finer than a nanosecond is cut. */
function time(bytes: Uint8Array, start: number, end: number): LayerTime {
  const dot = bytes.subarray(start, end).indexOf(DOT);
  if (dot < 0) return { seconds: decimal(bytes, start, end), nanoseconds: 0 };
  const isNegative = bytes[start] === MINUS;
  const whole = start + (isNegative ? 1 : 0) === start + dot
    ? 0
    : Math.abs(decimal(bytes, start, start + dot));
  let fraction = 0;
  let scale = 100_000_000;
  let rest = false;
  for (let at = start + dot + 1; at < end; at++) {
    const digit = bytes[at]! - DIGIT_ZERO;
    if (digit < 0 || digit > 9) throw badNumber("has a character that is no digit");
    if (scale >= 1) fraction += digit * scale;
    else if (digit !== 0) rest = true;
    scale = scale === 1 ? 0 : scale / 10;
  }
  if (!isNegative) return { seconds: whole, nanoseconds: fraction };
  // Downwards, as every time is.
  const nanoseconds = fraction + (rest ? 1 : 0);
  if (nanoseconds === 0) return { seconds: 0 - whole, nanoseconds: 0 };
  return { seconds: -whole - 1, nanoseconds: 1_000_000_000 - nanoseconds };
}

function badRecord(what: string): LayerFault {
  return new LayerFault("bad-pax-record", `a record of its extended header ${what}`);
}

function badNumber(what: string): LayerFault {
  return new LayerFault("bad-number", `a number in its extended header ${what}`);
}
