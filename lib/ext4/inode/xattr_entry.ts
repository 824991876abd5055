import { Corrupt } from "../volume/corrupt.ts";
import type { CorruptPlace } from "../volume/corrupt.ts";
import { decodeText } from "../volume/decode_text.ts";

const MAGIC = 0xea020000;
const ENTRY_SIZE = 16;

/** An extended attribute as it is on the disk. */
export interface XattrEntry {
  /** Which prefix the name has. */
  readonly e_name_index: number;
  /** The name without its prefix. */
  readonly name: string;
  /** The inode that has the value, or 0 if `value` has it. */
  readonly e_value_inum: number;
  /** The size of the value in bytes. */
  readonly e_value_size: number;
  /** The value; empty if an inode has it. Valid as long as the bytes that it was read from. */
  readonly value: Uint8Array<ArrayBuffer>;
}

/**
 * Reads the extended attributes in the body of an inode, which follows its fields, in the order on the disk. There are
 * none if the body has no table of them. Errors name `place`.
 *
 * Source: the kernel's `Documentation/filesystems/ext4/attributes.rst`.
 *
 * @throws {Corrupt} If an entry or a value leaves the body.
 */
export function parseInodeXattrs(body: DataView<ArrayBuffer>, place: CorruptPlace): XattrEntry[] {
  if (body.byteLength < 8 || body.getUint32(0, true) !== MAGIC) return [];
  // Here values are counted from the first entry, in a block from the block's start.
  const table = new DataView(body.buffer, body.byteOffset + 4, body.byteLength - 4);
  return parseEntries(table, 0, place);
}

/**
 * Reads the extended attributes in a block, in the order on the disk. Errors name `place`.
 *
 * @throws {Corrupt} If it is not such a block, or an entry or a value leaves it.
 */
export function parseXattrBlock(block: DataView<ArrayBuffer>, place: CorruptPlace): XattrEntry[] {
  const h_magic = block.getUint32(0, true);
  const h_blocks = block.getUint32(8, true);
  if (h_magic !== MAGIC || h_blocks !== 1) {
    throw new Corrupt("extended attributes", "the block's header is wrong", place);
  }
  return parseEntries(block, 32, place);
}

function parseEntries(
  view: DataView<ArrayBuffer>,
  start: number,
  place: CorruptPlace,
): XattrEntry[] {
  const entries: XattrEntry[] = [];
  let offset = start;
  while (offset + 4 <= view.byteLength && view.getUint32(offset, true) !== 0) {
    if (offset + ENTRY_SIZE > view.byteLength) {
      throw new Corrupt("extended attributes", "an entry leaves its table", place);
    }
    const e_name_len = view.getUint8(offset);
    const e_name_index = view.getUint8(offset + 1);
    const e_value_offs = view.getUint16(offset + 2, true);
    const e_value_inum = view.getUint32(offset + 4, true);
    const e_value_size = view.getUint32(offset + 8, true);
    const nameStart = offset + ENTRY_SIZE;
    const valueLength = e_value_inum === 0 ? e_value_size : 0;
    if (nameStart + e_name_len > view.byteLength) {
      throw new Corrupt("extended attributes", "a name leaves its table", place);
    }
    if (valueLength > 0 && e_value_offs + valueLength > view.byteLength) {
      throw new Corrupt("extended attributes", "a value leaves its table", place);
    }
    const name = new Uint8Array(view.buffer, view.byteOffset + nameStart, e_name_len);
    const valueStart = valueLength === 0 ? 0 : e_value_offs;
    entries.push({
      e_name_index,
      name: decodeText(name),
      e_value_inum,
      e_value_size,
      value: new Uint8Array(view.buffer, view.byteOffset + valueStart, valueLength),
    });
    offset = nameStart + Math.ceil(e_name_len / 4) * 4;
  }
  return entries;
}
