import { decodeText } from "../volume/decode_text.ts";
import { FileInfo } from "../inode/file_info.ts";

/** A path inside the filesystem: text, or bytes where its names are not UTF-8. */
export type Path = string | Uint8Array;

/**
 * What the methods of {@linkcode Ext4} take: a path, or what was found there before. With the latter nothing has to be
 * looked up again.
 */
export type Ext4Path = Path | FileInfo;

const SLASH = 0x2f;

/**
 * The names that a path is made of.
 *
 * @param path The path.
 * @returns The names; a slash at the end is an empty last name.
 */
export function splitPath(path: Path): Uint8Array[] {
  const bytes = typeof path === "string" ? new TextEncoder().encode(path) : path;
  const names: Uint8Array[] = [];
  let start = 0;
  while (start < bytes.length) {
    if (bytes[start] === SLASH) {
      start++;
      continue;
    }
    const slash = bytes.indexOf(SLASH, start);
    const end = slash < 0 ? bytes.length : slash;
    names.push(bytes.subarray(start, end));
    start = end;
  }
  if (names.length > 0 && bytes.at(-1) === SLASH) names.push(new Uint8Array(0));
  return names;
}

/**
 * A path as a message shows it.
 *
 * @param path The path, or what was found there.
 * @returns The path in quotation marks, or the number of the inode.
 */
export function showPath(path: Ext4Path): string {
  if (path instanceof FileInfo) return `inode ${path.ino}`;
  return JSON.stringify(typeof path === "string" ? path : decodeText(path));
}
