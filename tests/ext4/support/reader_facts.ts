/**
 * The reader as a witness: everything `Ext4` says about a filesystem, in the shape of the others.
 *
 * @module
 */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";

import { Corrupt, type Ext4, type FileInfo } from "../../../lib/ext4/mod.ts";
import {
  byteString,
  type Facts,
  MAX_WHOLE_SIZE,
  showRanges,
  showXattrs,
  stringBytes,
  type Tree,
} from "./facts.ts";

/** In each folder, this many names are looked up by their path. */
const LOOKUPS = 40;

/** Walks the whole filesystem, and compares `walk` with `readDir` and `lstat`. */
export async function readerTree(filesystem: Ext4): Promise<Tree> {
  const tree: Tree = new Map();
  const listed = new Map([["/", 2]]);
  // A file of many names is read once.
  const known = new Map<number, Facts>();
  for await (const entry of filesystem.walk("/")) {
    const path = byteString(entry.pathBytes);
    if (entry.info === undefined) {
      assert.ok(entry.error instanceof Corrupt, String(entry.error));
      tree.set(path, { ...tree.get(path), unreadable: true });
      continue;
    }
    const { info } = entry;
    assert.ok(!tree.has(path), `walk() lists ${path} twice`);
    const facts = known.get(info.ino) ?? await readerFacts(filesystem, info);
    known.set(info.ino, facts);
    tree.set(path, facts);
    if (info.isDirectory) {
      const folder = path === "/" ? "" : path;
      await list(filesystem, folder, info, listed);
    }
  }
  assert.deepEqual([...listed.keys()].sort(), [...tree.keys()].sort(), "walk() and readDir()");
  return tree;
}

async function list(
  filesystem: Ext4,
  folder: string,
  info: FileInfo,
  listed: Map<string, number>,
): Promise<void> {
  const entries = await Array.fromAsync(filesystem.readDir(info));
  for (const [index, { ino, nameBytes }] of entries.entries()) {
    const path = `${folder}/${byteString(nameBytes)}`;
    assert.ok(!listed.has(path), `readDir() lists ${path} twice`);
    listed.set(path, ino);
    if (index % Math.ceil(entries.length / LOOKUPS) === 0) {
      const found = await filesystem.lstat(stringBytes(path)).catch((error) => error);
      if (!(found instanceof Corrupt)) assert.equal(found.ino, ino, `lstat() of ${path}`);
    }
  }
}

/** What the reader says about one file. */
export async function readerFacts(filesystem: Ext4, info: FileInfo): Promise<Facts> {
  const facts = infoFacts(info);
  if (info.isSymlink) facts.target = byteString(await filesystem.readLinkBytes(info));
  if (info.isFile) Object.assign(facts, await content(filesystem, info));
  facts.xattrs = await xattrs(filesystem, info);
  return facts;
}

function infoFacts(info: FileInfo): Facts {
  const facts: Facts = {
    ino: info.ino,
    mode: info.mode.toString(8),
    uid: info.uid,
    gid: info.gid,
    nlink: info.nlink,
    size: info.size,
    blocks: info.blocks,
    atime: info.atimeNs,
    mtime: info.mtimeNs,
    ctime: info.ctimeNs,
    birthtime: info.birthtimeNs,
    flags: info.flags,
    generation: info.generation,
  };
  if (info.rdev !== null) facts.rdev = `${info.rdev.major}:${info.rdev.minor}`;
  return facts;
}

async function xattrs(filesystem: Ext4, info: FileInfo): Promise<string[] | "unreadable"> {
  try {
    return showXattrs(await filesystem.xattrs(info));
  } catch (error) {
    if (error instanceof Corrupt) return "unreadable";
    throw error;
  }
}

async function content(filesystem: Ext4, info: FileInfo): Promise<Facts> {
  const ranges = await Array.fromAsync(filesystem.dataRanges(info));
  const hash = createHash("sha256");
  const read = info.size <= MAX_WHOLE_SIZE ? [{ offset: 0, length: info.size }] : ranges;
  for (const range of read) {
    for await (const chunk of filesystem.read(info, range)) hash.update(chunk);
  }
  return { ranges: showRanges(ranges), hash: hash.digest("hex") };
}
