import { decodeText } from "../volume/decode_text.ts";
import { FileInfo } from "../inode/file_info.ts";

/** A path inside the filesystem: text, or bytes if its names are not UTF-8. */
export type Path = string | Uint8Array;

/**
 * What the methods of {@linkcode Ext4} take: a path, or the file that was found there before, which saves looking it up
 * again.
 *
 * @example
 * ```ts
 * import { Ext4, type Ext4Path } from "@x/snapvm/ext4";
 *
 * using filesystem = await Ext4.open("tests/fixtures/tiny.ext4");
 * const paths: Ext4Path[] = [
 *   "/etc/hostname",
 *   new TextEncoder().encode("/etc/hostname"),
 *   await filesystem.stat("/etc/hostname"),
 * ];
 * for (const path of paths) console.log(await filesystem.readTextFile(path));
 * ```
 */
export type Ext4Path = Path | FileInfo;

const SLASH = 0x2f;

/** The names in a path. A slash at the end makes an empty last name. */
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

/** A path as messages show it: in quotation marks, or the number of the inode. */
export function showPath(path: Ext4Path): string {
  if (path instanceof FileInfo) return `inode ${path.ino}`;
  return JSON.stringify(typeof path === "string" ? path : decodeText(path));
}
