/**
 * The kernel as a witness: everything it says about a mounted filesystem.
 *
 * @module
 */

import { createHash } from "node:crypto";

import {
  byteString,
  type Facts,
  MAX_WHOLE_SIZE,
  showRanges,
  showXattrs,
  type Tree,
} from "./facts.ts";
import {
  ENOENT,
  ESTALE,
  EUCLEAN,
  joinBytes,
  KernelFile,
  type KernelStat,
  lstat,
  readLink,
  readNames,
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  SystemCallError,
  xattrs,
} from "./libc.ts";

const buffer = new Uint8Array(1024 * 1024);

/** Walks what is mounted at `root`. */
export function kernelTree(root: string): Tree {
  const tree: Tree = new Map();
  visit(new TextEncoder().encode(root), "", tree, new Map());
  return tree;
}

function visit(
  path: Uint8Array<ArrayBuffer>,
  key: string,
  tree: Tree,
  // A file of many names is read once.
  known: Map<number, Facts>,
): void {
  const stat = statOf(path);
  const facts = stat === undefined
    ? { unreadable: true }
    : known.get(stat.ino) ?? kernelFacts(path, stat);
  if (stat !== undefined) known.set(stat.ino, facts);
  tree.set(key === "" ? "/" : key, facts);
  if (stat === undefined || (stat.mode & S_IFMT) !== S_IFDIR) return;
  for (const name of readNames(path)) {
    const shown = byteString(name);
    if (shown === "." || shown === "..") continue;
    visit(joinBytes(path, name), `${key}/${shown}`, tree, known);
  }
}

/** What the name leads to. If that is not an inode in use, the kernel answers `EUCLEAN` or `ESTALE`. */
function statOf(path: Uint8Array<ArrayBuffer>): KernelStat | undefined {
  try {
    return lstat(path);
  } catch (error) {
    if (error instanceof SystemCallError && [EUCLEAN, ESTALE].includes(error.errno)) return;
    throw error;
  }
}

function kernelFacts(path: Uint8Array<ArrayBuffer>, kernelStat: KernelStat): Facts {
  const { rdev, mode, ...stat } = kernelStat;
  const facts: Facts = { ...stat, mode: mode.toString(8) };
  const type = mode & S_IFMT;
  if (type === S_IFBLK || type === S_IFCHR) facts.rdev = rdev;
  if (type === S_IFLNK) facts.target = byteString(readLink(path));
  if (type === S_IFREG) Object.assign(facts, kernelContent(path, stat.size));
  facts.xattrs = kernelXattrs(path);
  return facts;
}

function kernelXattrs(path: Uint8Array<ArrayBuffer>): string[] | "unreadable" {
  try {
    return showXattrs(xattrs(path));
  } catch (error) {
    if (error instanceof SystemCallError) return "unreadable";
    throw error;
  }
}

function kernelContent(path: Uint8Array<ArrayBuffer>, size: number): Facts {
  using file = KernelFile.open(path);
  const ranges = kernelRanges(file);
  const hash = createHash("sha256");
  const read = ranges === undefined || size <= MAX_WHOLE_SIZE
    ? [{ offset: 0, length: size }]
    : ranges;
  for (const { offset, length } of read) {
    for (let done = 0; done < length;) {
      const count = file.read(buffer.subarray(0, length - done), offset + done);
      if (count === 0) throw new Error(`The kernel's file ends early at ${offset + done}`);
      hash.update(buffer.subarray(0, count));
      done += count;
    }
  }
  return {
    ...ranges === undefined ? {} : { ranges: showRanges(ranges) },
    hash: hash.digest("hex"),
  };
}

/** The kernel cannot seek in a file whose data is in the inode and whose size is beyond it, as `mke2fs -d` makes them. */
function kernelRanges(file: KernelFile) {
  try {
    return file.dataRanges();
  } catch (error) {
    if (error instanceof SystemCallError && error.errno === ENOENT) return undefined;
    throw error;
  }
}
