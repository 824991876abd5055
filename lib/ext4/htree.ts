import { Corrupt } from "./corrupt.ts";
import { crc32c } from "./crc32c.ts";
import type { Inode } from "./inode.ts";
import type { Block } from "./volume.ts";

const ROOT_LIMIT_OFFSET = 0x20;
const NODE_LIMIT_OFFSET = 0x8;
const ENTRY_SIZE = 8;
const TAIL_SIZE = 8;

/**
 * Checks the checksum of a block of a folder's index.
 *
 * Source: the kernel's `Documentation/filesystems/ext4/directory.rst`, "Hash Tree Directories".
 *
 * @param inode The folder's inode.
 * @param block The block: the root of the index, or a node.
 * @param isRoot Whether it is the root.
 * @throws {Corrupt} Where the checksum is wrong.
 */
export function verifyIndexBlock(inode: Inode, block: Block, isRoot: boolean): void {
  const { view } = block;
  const { ino } = inode.info;
  const limitOffset = isRoot ? ROOT_LIMIT_OFFSET : NODE_LIMIT_OFFSET;
  const limit = view.getUint16(limitOffset, true);
  const count = view.getUint16(limitOffset + 2, true);
  const tail = limitOffset + limit * ENTRY_SIZE;
  if (count > limit || tail + TAIL_SIZE > view.byteLength) {
    throw new Corrupt("directory", `its index has ${count} entries of ${limit}`, {
      inode: ino,
      block: block.number,
    });
  }
  const dt_checksum = view.getUint32(tail + 4, true);
  let crc = crc32c(inode.checksumSeed, view, 0, limitOffset + count * ENTRY_SIZE);
  crc = crc32c(crc, view, tail, tail + 4);
  crc = crc32c(crc, ZEROS);
  if (crc !== dt_checksum) {
    throw new Corrupt("directory", "the checksum of its index is wrong", {
      inode: ino,
      block: block.number,
    });
  }
}

/** What a checksum field counts as in the checksum of the structure that it lies in. */
const ZEROS = new DataView(new ArrayBuffer(4));
