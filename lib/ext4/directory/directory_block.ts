import { Corrupt } from "../volume/corrupt.ts";
import type { CorruptPlace } from "../volume/corrupt.ts";
import { crc32c } from "../checksum/crc32c.ts";
import type { Inode } from "../inode/inode.ts";
import type { Block } from "../volume/volume.ts";

/** The size of the checksum that ends a block: an entry without a name. */
const TAIL_SIZE = 12;
/** The `file_type` of that entry. */
const TAIL_FILE_TYPE = 0xde;

const ENTRY_HEADER_SIZE = 8;
const DOT = 0x2e;

/** Where the bytes of a name are. */
export interface RawName {
  /** Bytes that hold the name. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The position of the name in them. */
  readonly nameStart: number;
  /** One past the end of the name. */
  readonly nameEnd: number;
}

/** An entry of a folder. */
export interface RawEntry extends RawName {
  /** The number of the inode that it names. */
  readonly inode: number;
  /** The kind of file: 0 unknown, 1 regular, 2 folder, 3 and 4 devices, 5 pipe, 6 socket, 7 symbolic link. */
  readonly file_type: number;
}

/**
 * Reads the names in a part of a folder from the byte `start` on, in the order on the disk. Entries `.` and `..` are
 * left out, wherever they are, unless `hasDots` is set.
 *
 * Source: the kernel's `Documentation/filesystems/ext4/directory.rst`, "Linear (Classic) Directories".
 *
 * @throws {Corrupt} If an entry does not fit into the bytes, or a name into its entry.
 */
export function* parseEntries(
  bytes: Uint8Array<ArrayBuffer>,
  view: DataView<ArrayBuffer>,
  start: number,
  hasFileType: boolean,
  place: CorruptPlace,
  hasDots = false,
): Generator<RawEntry> {
  const end = bytes.length;
  let offset = start;
  while (offset < end) {
    if (offset + ENTRY_HEADER_SIZE > end) {
      throw new Corrupt("directory", "an entry leaves its block", place);
    }
    const inode = view.getUint32(offset, true);
    const rec_len = entryLength(view.getUint16(offset + 4, true), end);
    const name_len = hasFileType ? bytes[offset + 6]! : view.getUint16(offset + 6, true);
    const file_type = hasFileType ? bytes[offset + 7]! : 0;
    const nameStart = offset + ENTRY_HEADER_SIZE;
    const nameEnd = nameStart + name_len;
    if (
      rec_len < ENTRY_HEADER_SIZE || (rec_len & 3) !== 0 || offset + rec_len > end ||
      nameEnd > offset + rec_len
    ) {
      throw new Corrupt("directory", `an entry cannot have ${rec_len} bytes`, place);
    }
    offset += rec_len;
    if (inode === 0) continue;
    const isDot = !hasDots && bytes[nameStart] === DOT &&
      (name_len === 1 || (name_len === 2 && bytes[nameStart + 1] === DOT));
    if (!isDot) yield { inode, file_type, bytes, nameStart, nameEnd };
  }
}

/** In blocks of 64 KiB the length does not fit into 16 bits: the lowest two, which are always 0, hold the rest. */
function entryLength(rec_len: number, blockSize: number): number {
  if (blockSize < 65536) return rec_len;
  if (rec_len === 65535 || rec_len === 0) return blockSize;
  return (rec_len & 0xfffc) | ((rec_len & 3) << 16);
}

/**
 * Checks the checksum that ends a block of a folder.
 *
 * @throws {Corrupt} If the checksum is missing or wrong.
 */
export function verifyDirectoryBlock(inode: Inode, block: Block): void {
  const { view } = block;
  const tail = view.byteLength - TAIL_SIZE;
  const det_reserved_zero1 = view.getUint32(tail, true);
  const det_rec_len = view.getUint16(tail + 4, true);
  const det_reserved_zero2 = view.getUint8(tail + 6);
  const det_reserved_ft = view.getUint8(tail + 7);
  const det_checksum = view.getUint32(tail + 8, true);
  const isTail = det_reserved_zero1 === 0 && det_rec_len === TAIL_SIZE &&
    det_reserved_zero2 === 0 && det_reserved_ft === TAIL_FILE_TYPE;
  if (!isTail || crc32c(inode.checksumSeed, view, 0, tail) !== det_checksum) {
    const why = isTail ? "its checksum is wrong" : "its checksum is missing";
    throw new Corrupt("directory", why, { inode: inode.info.ino, block: block.number });
  }
}
