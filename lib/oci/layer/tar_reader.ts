import { ByteCopies } from "./byte_copies.ts";
import { LayerFault } from "./layer_fault.ts";
import type { LayerMember, LayerVisitor } from "./layer_member.ts";
import { parsePaxRecords, type PaxSparse, type PaxValues } from "./pax_records.ts";
import { checkSparseMap, oldSparseEntries } from "./sparse_map.ts";
import { SparseMapReader } from "./sparse_map_reader.ts";
import { tarNumber } from "./tar_number.ts";
import type { TarMemberType } from "./tar_header.ts";

const BLOCK = 512;
/** Everything that a header says of one member: names, attributes, a sparse map. */
const MAX_EXTENDED_HEADER = 1 << 20;
const MAX_PATH = 4096;
/** The kernel's `XATTR_SIZE_MAX`. */
const MAX_XATTR = 65536;
const MAX_ID = 0xffff_ffff;
const MAX_MAJOR = 0xfff;
const MAX_MINOR = 0xf_ffff;
const SPACE = 0x20;
const SLASH = 0x2f;
const WRONG_CHECKSUM = "a header of its archive has a wrong checksum";
const NOTHING = new Uint8Array();
const NEVER_SET: PaxValues = {};

const enum State {
  Header,
  /** The data of an extended header. */
  Extended,
  /** Blocks of an old sparse map behind its header. */
  OldSparse,
  /** A sparse map at the start of a member's data. */
  SparseMap,
  Data,
  Skip,
  ZeroBlock,
  End,
}

const TYPES: Readonly<Record<string, TarMemberType>> = {
  "\0": "file",
  "0": "file",
  "1": "link",
  "2": "symlink",
  "3": "character-device",
  "4": "block-device",
  "5": "directory",
  "6": "fifo",
  "7": "file",
  "S": "file",
};

/**
 * Reads an archive piece by piece and hands its members to a visitor.
 *
 * Sources: POSIX.1-2017, `pax`; GNU tar manual, "Basic Tar Format" and "Storing Sparse Files"; libarchive's `tar(5)`.
 */
export class TarReader {
  readonly #visitor: LayerVisitor;
  readonly #copies = new ByteCopies();
  #state = State.Header;
  /** How much of a block that began in an earlier piece is here. */
  #carried = 0;
  #carry = new Uint8Array(BLOCK);
  #left = 0;
  /** What fills the data up to a whole block. */
  #padding = 0;
  #isWanted = false;
  /** The kind of extended header that is being read, and what there is of it. */
  #extendedType = 0;
  #extended = NOTHING;
  #longName: Uint8Array | undefined;
  #longLink: Uint8Array | undefined;
  #pax: PaxValues | undefined;
  #globalPax: PaxValues | undefined;
  #globalSize = 0;
  #oldSparse: number[] = [];
  #sparseMap: SparseMapReader | undefined;
  /** The member whose sparse map is being read. */
  #waiting: LayerMember | undefined;
  #path: Uint8Array | undefined;
  /** How many members there were. */
  members = 0;

  /** Starts an archive. */
  constructor(visitor: LayerVisitor) {
    this.#visitor = visitor;
  }

  /** The path of the member that is being read, for messages. */
  get path(): Uint8Array | undefined {
    return this.#path;
  }

  /** Whether the archive's end was seen: what follows is not read. */
  get isAtEnd(): boolean {
    return this.#state === State.End;
  }

  /**
   * Takes the next piece.
   *
   * @throws {LayerFault} If the archive is malformed.
   */
  push(piece: Uint8Array): void {
    let at = 0;
    while (at < piece.length) {
      switch (this.#state) {
        case State.Data: {
          const length = Math.min(this.#left, piece.length - at);
          if (this.#isWanted) this.#visitor.data(piece.subarray(at, at + length));
          at += length;
          this.#left -= length;
          if (this.#left === 0) this.#skip(this.#padding);
          break;
        }
        case State.Skip: {
          const length = Math.min(this.#left, piece.length - at);
          at += length;
          this.#left -= length;
          if (this.#left === 0) this.#state = State.Header;
          break;
        }
        case State.Extended: {
          const length = Math.min(this.#left, piece.length - at);
          const filled = this.#extended.length - this.#left;
          this.#extended.set(piece.subarray(at, at + length), filled);
          at += length;
          this.#left -= length;
          if (this.#left === 0) {
            this.#skip(this.#padding);
            this.#takeExtended();
          }
          break;
        }
        case State.End:
          return;
        default: {
          // A whole block, which a piece may have only a part of.
          if (this.#carried === 0 && piece.length - at >= BLOCK) {
            this.#takeBlock(piece, at);
            at += BLOCK;
            break;
          }
          const length = Math.min(BLOCK - this.#carried, piece.length - at);
          this.#carry.set(piece.subarray(at, at + length), this.#carried);
          at += length;
          this.#carried += length;
          if (this.#carried === BLOCK) {
            const block = this.#carry;
            this.#carry = new Uint8Array(BLOCK);
            this.#carried = 0;
            this.#takeBlock(block, 0);
          }
        }
      }
    }
  }

  /**
   * Passes over the data of the last member, which nobody wants, without being given it.
   *
   * @returns How many bytes of the archive are to be left out.
   */
  passData(): number {
    if (this.#isWanted || (this.#state !== State.Data && this.#state !== State.Skip)) return 0;
    const length = this.#left + (this.#state === State.Data ? this.#padding : 0);
    this.#skip(0);
    return length;
  }

  /**
   * Ends the archive.
   *
   * @throws {LayerFault} If something is missing at its end.
   */
  end(): void {
    const isBetween = (this.#state === State.Header || this.#state === State.ZeroBlock) &&
      this.#carried === 0 && this.#pax === undefined && this.#longName === undefined &&
      this.#longLink === undefined;
    if (isBetween || this.#state === State.End) return;
    throw new LayerFault("archive-truncated", "its archive ends in the middle of a member");
  }

  #skip(length: number): void {
    this.#left = length;
    this.#state = length === 0 ? State.Header : State.Skip;
  }

  #takeBlock(bytes: Uint8Array, at: number): void {
    switch (this.#state) {
      case State.Header:
        return this.#takeHeader(bytes, at);
      case State.ZeroBlock:
        if (sumOf(bytes, at) !== 0) {
          throw new LayerFault(
            "lone-zero-block",
            "a single block of zeros is in the middle of its archive",
          );
        }
        this.#state = State.End;
        return;
      case State.OldSparse:
        if (!oldSparseEntries(bytes, at, 21, this.#oldSparse)) this.#beginSparse(this.#oldSparse);
        return;
      case State.SparseMap: {
        this.#left -= BLOCK;
        this.#sparseMap!.push(bytes.subarray(at, at + BLOCK));
        const map = this.#sparseMap!.result;
        if (map !== undefined) this.#beginSparse(map);
        else if (this.#left < BLOCK) throw badMap("does not end with its blocks");
        return;
      }
    }
  }

  #takeHeader(bytes: Uint8Array, at: number): void {
    this.#path = undefined;
    const sum = sumOf(bytes, at);
    if (sum === 0) {
      this.#state = State.ZeroBlock;
      return;
    }
    verifyChecksum(bytes, at, sum);
    const flag = bytes[at + 156]!;
    const size = tarNumber(bytes, at + 124, 12);
    switch (flag) {
      case 0x78: // x
      case 0x58: // X, Solaris's word for it
      case 0x67: // g
      case 0x4b: // K
      case 0x4c: // L
        return this.#beginExtended(flag, size);
    }
    this.#takeMember(bytes, at, flag, size);
  }

  #beginExtended(flag: number, size: number): void {
    if (size < 0 || size > MAX_EXTENDED_HEADER) {
      throw new LayerFault("header-too-large", `an extended header has ${size} bytes`);
    }
    this.#extendedType = flag;
    // Members keep parts of it.
    this.#extended = new Uint8Array(size);
    this.#left = size;
    this.#padding = (BLOCK - size % BLOCK) % BLOCK;
    this.#state = State.Extended;
    if (size === 0) {
      this.#skip(0);
      this.#takeExtended();
    }
  }

  #takeExtended(): void {
    const bytes = this.#extended;
    this.#extended = NOTHING;
    switch (this.#extendedType) {
      case 0x4b:
        this.#longLink = untilNul(this.#copies, bytes, 0, bytes.length);
        return;
      case 0x4c:
        this.#longName = untilNul(this.#copies, bytes, 0, bytes.length);
        return;
      case 0x67:
        this.#globalSize += bytes.length;
        if (this.#globalSize > MAX_EXTENDED_HEADER) {
          throw new LayerFault("header-too-large", "its global extended headers are too large");
        }
        return parsePaxRecords(bytes, this.#globalPax ??= {});
      default:
        return parsePaxRecords(bytes, this.#pax ??= {});
    }
  }

  #takeMember(bytes: Uint8Array, at: number, flag: number, headerSize: number): void {
    const pax = this.#pax ?? NEVER_SET;
    const global = this.#globalPax ?? NEVER_SET;
    const sparse = pax.sparse ?? global.sparse;
    const magic = magicOf(bytes, at);
    let path = sparse?.name ?? valueOf(pax.path, global.path) ?? this.#longName ??
      headerPath(this.#copies, bytes, at, magic);
    let end = path.length;
    while (end > 0 && path[end - 1] === SLASH) end--;
    const hasSlash = end < path.length;
    // Only a slash, and what is empty, mean the root.
    if (hasSlash) path = path.subarray(0, end);
    this.#path = path;
    checkName(path, "path");
    let type = TYPES[String.fromCharCode(flag)];
    if (type === undefined) {
      throw new LayerFault(
        "unknown-type",
        `it has the type ${JSON.stringify(String.fromCharCode(flag))}`,
        path,
      );
    }
    // How archives said it before there was a type for folders.
    if (hasSlash && type === "file" && flag !== 0x53) type = "directory";
    const storedSize = type === "file" ? valueOf(pax.size, global.size) ?? headerSize : 0;
    if (storedSize < 0) throw new LayerFault("bad-number", "its size is negative", path);
    const isLink = type === "link" || type === "symlink";
    const linkPath = isLink
      ? valueOf(pax.linkPath, global.linkPath) ?? this.#longLink ??
        untilNul(this.#copies, bytes, at + 157, at + 257)
      : undefined;
    if (linkPath !== undefined) checkName(linkPath, "target");
    const member: Writable<LayerMember> = {
      path,
      type,
      mode: tarNumber(bytes, at + 100, 8) & 0o7777,
      uid: ownerOf(valueOf(pax.uid, global.uid) ?? tarNumber(bytes, at + 108, 8)),
      gid: ownerOf(valueOf(pax.gid, global.gid) ?? tarNumber(bytes, at + 116, 8)),
      size: storedSize,
      mtime: valueOf(pax.mtime, global.mtime) ??
        { seconds: tarNumber(bytes, at + 136, 12), nanoseconds: 0 },
      atime: undefined,
      ctime: undefined,
      linkPath,
      device: undefined,
      xattrs: undefined,
      dataRanges: undefined,
    };
    if (pax !== NEVER_SET || global !== NEVER_SET) {
      member.atime = valueOf(pax.atime, global.atime);
      member.ctime = valueOf(pax.ctime, global.ctime);
      member.xattrs = xattrsOf(pax, global);
    }
    if (type === "character-device" || type === "block-device") {
      member.device = deviceOf(bytes, at);
    }
    this.#pax = undefined;
    this.#longName = undefined;
    this.#longLink = undefined;
    this.members++;
    this.#left = storedSize;
    this.#padding = (BLOCK - storedSize % BLOCK) % BLOCK;
    if (type !== "file") return this.#begin(member);
    if (flag === 0x53) {
      member.size = tarNumber(bytes, at + 483, 12);
      this.#waiting = member;
      this.#oldSparse = [];
      if (oldSparseEntries(bytes, at + 386, 4, this.#oldSparse)) this.#state = State.OldSparse;
      else this.#beginSparse(this.#oldSparse);
      return;
    }
    if (sparse !== undefined) return this.#takeSparseMember(member, sparse);
    this.#begin(member);
  }

  #takeSparseMember(member: Writable<LayerMember>, sparse: PaxSparse): void {
    this.#waiting = member;
    if (sparse.realSize !== undefined) member.size = sparse.realSize;
    if (sparse.major === "1" && sparse.minor === "0") {
      if (this.#left < BLOCK) throw badMap("is missing");
      this.#sparseMap = new SparseMapReader();
      this.#state = State.SparseMap;
    } else if (sparse.map !== undefined) {
      this.#beginSparse(sparse.map);
    } else if (sparse.realSize !== undefined || sparse.major !== undefined) {
      throw badMap("is missing, or of a version that is not known");
    } else {
      this.#begin(member);
    }
  }

  #beginSparse(map: readonly number[]): void {
    const member: Writable<LayerMember> = this.#waiting!;
    this.#waiting = undefined;
    this.#sparseMap = undefined;
    member.dataRanges = checkSparseMap(map, member.size, this.#left);
    this.#begin(member);
  }

  #begin(member: LayerMember): void {
    this.#isWanted = this.#visitor.member(member);
    this.#state = State.Data;
    if (this.#left === 0) this.#skip(this.#padding);
  }
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

function badMap(what: string): LayerFault {
  return new LayerFault("bad-sparse-map", `its sparse map ${what}`);
}

/** The first value that was given; none if the last one of them takes it back. */
function valueOf<T>(own: T | null | undefined, global: T | null | undefined): T | undefined {
  return (own === undefined ? global : own) ?? undefined;
}

/** The sum of a block's bytes. */
function sumOf(bytes: Uint8Array, at: number): number {
  let sum = 0;
  for (let i = at; i < at + BLOCK; i += 4) {
    sum += bytes[i]! + bytes[i + 1]! + bytes[i + 2]! + bytes[i + 3]!;
  }
  return sum;
}

/** Some old archives have the sum of signed bytes. */
function verifyChecksum(bytes: Uint8Array, at: number, sum: number): void {
  let stored: number;
  try {
    stored = tarNumber(bytes, at + 148, 8);
  } catch {
    throw new LayerFault("header-checksum", WRONG_CHECKSUM);
  }
  let unsigned = sum + 8 * SPACE;
  for (let i = at + 148; i < at + 156; i++) unsigned -= bytes[i]!;
  if (stored === unsigned) return;
  let signed = unsigned;
  for (let i = at; i < at + BLOCK; i++) {
    if ((i < at + 148 || i >= at + 156) && bytes[i]! >= 0x80) signed -= 256;
  }
  if (stored !== signed) throw new LayerFault("header-checksum", WRONG_CHECKSUM);
}

const enum Magic {
  None,
  Ustar,
  Star,
  Gnu,
}

function magicOf(bytes: Uint8Array, at: number): Magic {
  if (
    bytes[at + 257] !== 0x75 || bytes[at + 258] !== 0x73 || bytes[at + 259] !== 0x74 ||
    bytes[at + 260] !== 0x61 || bytes[at + 261] !== 0x72
  ) return Magic.None;
  if (bytes[at + 262] === 0x20) return Magic.Gnu;
  const isStar = bytes[at + 508] === 0x74 && bytes[at + 509] === 0x61 && bytes[at + 510] === 0x72 &&
    bytes[at + 511] === 0;
  return isStar ? Magic.Star : Magic.Ustar;
}

function headerPath(
  copies: ByteCopies,
  bytes: Uint8Array,
  at: number,
  magic: Magic,
): Uint8Array {
  const name = untilNul(copies, bytes, at, at + 100);
  if (magic !== Magic.Ustar && magic !== Magic.Star || bytes[at + 345] === 0) return name;
  const prefix = untilNul(copies, bytes, at + 345, at + (magic === Magic.Star ? 476 : 500));
  const path = new Uint8Array(prefix.length + 1 + name.length);
  path.set(prefix);
  path[prefix.length] = SLASH;
  path.set(name, prefix.length + 1);
  return path;
}

/** A copy: a few bytes must not keep all of a piece. */
function untilNul(copies: ByteCopies, bytes: Uint8Array, start: number, end: number): Uint8Array {
  let at = start;
  while (at < end && bytes[at] !== 0) at++;
  return copies.copy(bytes, start, at);
}

function checkName(name: Uint8Array, what: string): void {
  if (name.length > MAX_PATH) {
    throw new LayerFault("name-too-long", `its ${what} has ${name.length} bytes`, name);
  }
  if (name.includes(0)) throw new LayerFault("bad-name", `its ${what} has a NUL in it`, name);
}

/** Programs that take owners for signed write the upper half of the range as negative numbers. */
function ownerOf(id: number): number {
  const owner = id < 0 && id >= -0x8000_0000 ? id + MAX_ID + 1 : id;
  if (owner < 0 || owner > MAX_ID) {
    throw new LayerFault("owner-out-of-range", `it belongs to the number ${id}`);
  }
  return owner;
}

function deviceOf(bytes: Uint8Array, at: number): { major: number; minor: number } {
  const major = tarNumber(bytes, at + 329, 8);
  const minor = tarNumber(bytes, at + 337, 8);
  if (major < 0 || major > MAX_MAJOR || minor < 0 || minor > MAX_MINOR) {
    throw new LayerFault("device-out-of-range", `it is the device ${major}:${minor}`);
  }
  return { major, minor };
}

function xattrsOf(
  pax: PaxValues,
  global: PaxValues,
): ReadonlyMap<string, Uint8Array> | undefined {
  const sources = [global.encodedXattrs, global.xattrs, pax.encodedXattrs, pax.xattrs];
  const given = sources.filter((source) => source !== undefined);
  const xattrs = given.length < 2 ? given[0] : new Map(given.flatMap((source) => [...source]));
  for (const [name, value] of xattrs ?? []) {
    if (value.length > MAX_XATTR) {
      throw new LayerFault("bad-xattr", `its attribute ${name} has ${value.length} bytes`);
    }
  }
  return xattrs;
}
