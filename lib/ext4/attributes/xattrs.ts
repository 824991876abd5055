import { contentBytes } from "../content/content.ts";
import { Corrupt } from "../volume/corrupt.ts";
import { crc32c, crc32cOfNumber } from "../checksum/crc32c.ts";
import { EXT4_EA_INODE_FL } from "../inode/inode_fields.ts";
import type { Inode } from "../inode/inode.ts";
import type { InodeTable } from "../inode/inode_table.ts";
import { toXattrAcl } from "./posix_acl.ts";
import type { Block, Volume } from "../volume/volume.ts";
import { parseInodeXattrs, parseXattrBlock } from "../inode/xattr_entry.ts";
import type { XattrEntry } from "../inode/xattr_entry.ts";

const H_CHECKSUM_OFFSET = 0x10;

/** The kernel's `XATTR_SIZE_MAX`: no program can read a larger value. */
const MAX_VALUE_SIZE = 65536;

/** Options for {@linkcode Ext4.xattrs}. */
export interface XattrOptions {
  /** Whether POSIX ACLs are given as they are stored: ext4's version 1, if the writer knew it. Default: no. */
  readonly stored?: boolean;
}

/**
 * The beginning of a name by its `e_name_index`. Those that the kernel does not list are left out, such as 7 with
 * `system.data` (the rest of inline data, which Apple's writer also leaves behind empty) and 9 (the key of encryption).
 */
const PREFIXES: ReadonlyMap<number, string> = new Map([
  [1, "user."],
  [2, "system.posix_acl_access"],
  [3, "system.posix_acl_default"],
  [4, "trusted."],
  [6, "security."],
  [10, "gnu."],
]);
const POSIX_ACL_ACCESS = 2;
const POSIX_ACL_DEFAULT = 3;

/**
 * The extended attributes of an inode that the kernel lists: values by their full names, in the order on the disk.
 * ACLs are in the form of `getxattr`, unless `isStored` asks for the one on the disk.
 *
 * Source: the kernel's `Documentation/filesystems/ext4/attributes.rst`.
 *
 * @throws {Corrupt} If an attribute is wrong.
 */
export function readXattrs(
  volume: Volume,
  inodes: InodeTable,
  inode: Inode,
  isStored = false,
): Map<string, Uint8Array<ArrayBuffer>> {
  const place = { inode: inode.info.ino };
  const entries = parseInodeXattrs(inode.body, place);
  if (inode.i_file_acl !== 0) {
    const block = volume.block(inode.i_file_acl);
    if (volume.superblock.hasMetadataChecksums) verifyXattrBlock(volume, block, inode);
    entries.push(...parseXattrBlock(block.view, { ...place, block: block.number }));
  }
  const xattrs = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const entry of entries) {
    const { e_name_index, name } = entry;
    const prefix = PREFIXES.get(e_name_index);
    if (prefix === undefined) continue;
    const isAcl = !isStored &&
      (e_name_index === POSIX_ACL_ACCESS || e_name_index === POSIX_ACL_DEFAULT);
    const value = readValue(volume, inodes, inode, entry);
    xattrs.set(prefix + name, isAcl ? toXattrAcl(value, place) : value.slice());
  }
  return xattrs;
}

function verifyXattrBlock(volume: Volume, { number, view }: Block, inode: Inode): void {
  const h_checksum = view.getUint32(H_CHECKSUM_OFFSET, true);
  let crc = crc32cOfNumber(volume.superblock.checksumSeed, number % 0x1_0000_0000);
  crc = crc32cOfNumber(crc, Math.floor(number / 0x1_0000_0000));
  crc = crc32c(crc, view, 0, H_CHECKSUM_OFFSET);
  crc = crc32cOfNumber(crc, 0);
  crc = crc32c(crc, view, H_CHECKSUM_OFFSET + 4);
  if (crc !== h_checksum) {
    const place = { inode: inode.info.ino, block: number };
    throw new Corrupt("extended attributes", "the block's checksum is wrong", place);
  }
}

function readValue(
  volume: Volume,
  inodes: InodeTable,
  inode: Inode,
  { e_value_inum, e_value_size, value }: XattrEntry,
): Uint8Array<ArrayBuffer> {
  if (e_value_inum === 0) return value;
  const place = { inode: inode.info.ino };
  const holder = inodes.inode(e_value_inum);
  if ((holder.info.flags & EXT4_EA_INODE_FL) === 0 || holder.info.size !== e_value_size) {
    throw new Corrupt("extended attributes", `inode ${e_value_inum} is not the value`, place);
  }
  if (e_value_size > MAX_VALUE_SIZE) {
    throw new Corrupt("extended attributes", `a value cannot have ${e_value_size} bytes`, place);
  }
  const bytes = contentBytes(volume, holder);
  const checksum = crc32c(volume.superblock.checksumSeed, new DataView(bytes.buffer));
  if (checksum !== valueChecksum(holder) && !isLustreValue(holder, inode)) {
    throw new Corrupt("extended attributes", "the checksum of a value is wrong", place);
  }
  return bytes;
}

/** An inode that holds a value has no use for times: the value's checksum is in place of the seconds of `i_atime`. */
function valueChecksum(holder: Inode): number {
  return holder.info.atimespec.seconds >>> 0;
}

/** Lustre's form of such an inode, which has no checksum but names the inode that it belongs to. */
function isLustreValue(holder: Inode, inode: Inode): boolean {
  return holder.info.mtimespec.seconds >>> 0 === inode.info.ino &&
    holder.info.generation === inode.info.generation;
}
