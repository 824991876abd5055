import { checkReadable, contentBytes } from "./content.ts";
import { Corrupt } from "../volume/corrupt.ts";
import { EXT4_EXTENTS_FL, EXT4_INLINE_DATA_FL } from "../inode/inode_fields.ts";
import type { Inode } from "../inode/inode.ts";
import type { Volume } from "../volume/volume.ts";

/**
 * The target of a symbolic link, unchanged. It has at least one byte and fits into a block.
 *
 * Source: the kernel's `Documentation/filesystems/ext4/ifork.rst`, "Symbolic Links".
 *
 * @throws {Corrupt} If it is empty or longer than a block.
 * @throws {Incompatible} If it is encrypted.
 */
export function linkTarget(volume: Volume, inode: Inode): Uint8Array<ArrayBuffer> {
  checkReadable(inode);
  const { size, ino } = inode.info;
  if (size === 0 || size > volume.superblock.blockSize) {
    throw new Corrupt("link target", `it cannot have ${size} bytes`, { inode: ino });
  }
  const target = isFast(volume, inode) ? fastTarget(inode) : contentBytes(volume, inode);
  const end = target.indexOf(0);
  if (end === 0) throw new Corrupt("link target", "it is empty", { inode: ino });
  return end < 0 ? target : target.slice(0, end);
}

function fastTarget({ i_block, info }: Inode): Uint8Array<ArrayBuffer> {
  const { size, ino } = info;
  if (size > i_block.byteLength) {
    throw new Corrupt("link target", `${size} bytes do not fit into the inode`, { inode: ino });
  }
  return new Uint8Array(i_block.buffer.slice(i_block.byteOffset, i_block.byteOffset + size));
}

/** Whether the target is in `i_block`: then the file takes no block, except for extended attributes. */
function isFast(volume: Volume, inode: Inode): boolean {
  const { flags, blocks } = inode.info;
  if ((flags & (EXT4_INLINE_DATA_FL | EXT4_EXTENTS_FL)) !== 0) return false;
  return blocks === (inode.i_file_acl === 0 ? 0 : volume.superblock.clusterSize / 512);
}
