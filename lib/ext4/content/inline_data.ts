import { Corrupt } from "../volume/corrupt.ts";
import type { Inode } from "../inode/inode.ts";
import { parseInodeXattrs } from "../inode/xattr_entry.ts";

/** The prefix `system.`, under which the rest of inline data is stored. */
const SYSTEM_INDEX = 7;

/**
 * The two parts of content that is stored in the inode itself: the 60 bytes of `i_block`, and the value of the extended
 * attribute `system.data`. The inode has the flag `EXT4_INLINE_DATA_FL`.
 *
 * Source: the kernel's `Documentation/filesystems/ext4/ifork.rst`, "Inline Data".
 *
 * @throws {Corrupt} If the extended attributes are wrong.
 */
export function inlineData(
  inode: Inode,
): [start: Uint8Array<ArrayBuffer>, rest: Uint8Array<ArrayBuffer>] {
  const { i_block, body, info } = inode;
  const start = new Uint8Array(i_block.buffer, i_block.byteOffset, i_block.byteLength);
  const entries = parseInodeXattrs(body, { inode: info.ino });
  const data = entries.find((entry) =>
    entry.e_name_index === SYSTEM_INDEX && entry.name === "data"
  );
  if (data !== undefined && data.e_value_inum !== 0) {
    throw new Corrupt("inline data", "it is not in the inode", { inode: info.ino });
  }
  return [start, data?.value ?? new Uint8Array(0)];
}

/**
 * The content of a file that is stored in the inode itself, up to the file's end or the end of the stored bytes, after
 * which the file is zeros. The inode has the flag `EXT4_INLINE_DATA_FL`.
 *
 * @throws {Corrupt} If the extended attributes are wrong.
 */
export function inlineContent(inode: Inode): Uint8Array<ArrayBuffer> {
  const [start, rest] = inlineData(inode);
  const content = new Uint8Array(Math.min(inode.info.size, start.length + rest.length));
  content.set(start.subarray(0, content.length));
  if (content.length > start.length) {
    content.set(rest.subarray(0, content.length - start.length), start.length);
  }
  return content;
}
