import { JBD2_MAGIC } from "../journal/journal_superblock.ts";

const BLOCKTYPE_SUPERBLOCK_V2 = 4;

/**
 * Writes the superblock of an empty journal at `offset`, where there are zeros. The rest of the journal may be a hole:
 * nothing is read of a log that is empty.
 *
 * Source: the kernel's `Documentation/filesystems/ext4/journal.rst`.
 */
export function writeJournalSuperblock(
  blocks: number,
  blockSize: number,
  uuid: Uint8Array<ArrayBuffer>,
  bytes: Uint8Array<ArrayBuffer>,
  view: DataView<ArrayBuffer>,
  offset: number,
): void {
  view.setUint32(offset, JBD2_MAGIC);
  view.setUint32(offset + 0x4, BLOCKTYPE_SUPERBLOCK_V2);
  view.setUint32(offset + 0xc, blockSize);
  view.setUint32(offset + 0x10, blocks);
  view.setUint32(offset + 0x14, 1); // s_first
  view.setUint32(offset + 0x18, 1); // s_sequence
  bytes.set(uuid, offset + 0x30);
  view.setUint32(offset + 0x40, 1); // s_nr_users
}
