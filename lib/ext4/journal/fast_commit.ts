import { crc32c } from "../checksum/crc32c.ts";

/** Source: the kernel's `fs/ext4/fast_commit.h` and `Documentation/filesystems/ext4/journal.rst`, "Fast commits". */
const TAG_FIRST = 0x1;
const TAG_PAD = 0x7;
const TAG_TAIL = 0x8;
const TAG_HEAD = 0x9;
const TAG_HEADER_SIZE = 4;
const VALUE_SIZE = 8;

/**
 * Whether the area of fast commits holds, whole, a change that came after the last transaction in the log. `blocks` are
 * those of the area, in order; `sequence` is the number that the next transaction would have had.
 */
export function hasFastCommit(blocks: Iterable<DataView>, sequence: number): boolean {
  let crc = 0;
  let isFirst = true;
  for (const block of blocks) {
    let offset = 0;
    while (offset + TAG_HEADER_SIZE <= block.byteLength) {
      const fc_tag = block.getUint16(offset, true);
      const fc_len = block.getUint16(offset + 2, true);
      const value = offset + TAG_HEADER_SIZE;
      const end = value + fc_len;
      const isBounded = fc_tag === TAG_HEAD || fc_tag === TAG_TAIL;
      if (end > block.byteLength || (isBounded && fc_len < VALUE_SIZE)) return false;
      if (isFirst !== (fc_tag === TAG_HEAD)) return false;
      isFirst = false;
      if (fc_tag === TAG_HEAD) {
        const fc_tid = block.getUint32(value + 4, true);
        if (fc_tid !== sequence) return false;
      } else if (fc_tag === TAG_TAIL) {
        const fc_tid = block.getUint32(value, true);
        const fc_crc = block.getUint32(value + 4, true);
        return fc_tid === sequence && crc32c(crc, block, offset, value + 4) === fc_crc;
      } else if (fc_tag < TAG_FIRST || fc_tag > TAG_PAD) {
        return false;
      }
      crc = crc32c(crc, block, offset, end);
      offset = end;
    }
  }
  return false;
}
