import { createHash } from "node:crypto";

/** An entry of a tree, wherever that is. */
export interface TreeEntry {
  /** From the root, one letter for each byte; empty for the root itself. */
  readonly path: string;
  readonly type: string;
  readonly mode: number;
  readonly owner: string;
  /** Seconds, a dot and nine digits. */
  readonly mtime: string;
  /** What is in it, says where it leads, or which device it is. */
  readonly content: string;
  readonly xattrs: readonly string[];
  /** The same for all names of one file. */
  readonly file: unknown;
}

/** A file's content in a few letters. */
export function shortContent(bytes: Uint8Array): string {
  const text = String.fromCharCode(...bytes.subarray(0, 24));
  return /^[\n -~]*$/.test(text) && bytes.length <= 24
    ? JSON.stringify(text)
    : contentDigest(bytes.length, createHash("sha256").update(bytes).digest("hex"));
}

/** A larger file's content in a few letters. */
export function contentDigest(size: number, sha256: string): string {
  return `${size} bytes ${sha256.slice(0, 16)}`;
}

/** A tree as sorted lines. Names of one file have its number. */
export function treeLines(entries: readonly TreeEntry[]): string[] {
  const sorted = entries.toSorted((a, b) => a.path < b.path ? -1 : 1);
  const names = Map.groupBy(sorted, ({ file }) => file);
  const shared = [...names.values()].filter(({ length }) => length > 1);
  return sorted.map(({ path, type, mode, owner, mtime, content, xattrs, file }) => {
    const number = shared.findIndex(([first]) => first!.file === file) + 1;
    return [
      path || "/",
      type,
      mode.toString(8),
      owner,
      mtime,
      content,
      ...xattrs.toSorted(),
      number > 0 ? `file ${number}` : "",
    ].filter((word) => word !== "").join(" ");
  });
}
