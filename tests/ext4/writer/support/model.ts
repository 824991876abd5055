/**
 * A tree of files in memory, simple enough to be right, to hold what was written against.
 *
 * @module
 */

import { createHash } from "node:crypto";

import type { Ext4EntryType, Ext4Metadata, Ext4Writer } from "../../../../lib/ext4/mod.ts";
import { type Facts, showRanges, showXattrs, stringBytes, type Tree } from "../../support/facts.ts";
import { pattern } from "../../support/populate.ts";
import { FIXED } from "./written.ts";

const BLOCK_SIZE = 4096;
const TYPES: Readonly<Record<Ext4EntryType, number>> = {
  "fifo": 0x1000,
  "character-device": 0x2000,
  "directory": 0x4000,
  "block-device": 0x6000,
  "file": 0x8000,
  "symlink": 0xa000,
  "socket": 0xc000,
};

/** Something with a name. */
export interface Node {
  readonly type: Ext4EntryType;
  metadata: Ext4Metadata;
  /** How many names it has; of a folder, 2 and one for each folder in it. */
  nlink: number;
  readonly size: number;
  readonly ranges: readonly { offset: number; length: number }[];
  readonly seed: number;
  readonly target: string;
  readonly device: { major: number; minor: number };
  readonly children: Map<string, Node>;
}

/** What a new node may have. */
export type NodeContent = Partial<Pick<Node, "size" | "ranges" | "seed" | "target" | "device">>;

/** The bytes of the data ranges of a file, one after the other. */
function dataOf({ ranges, seed }: Node): Uint8Array<ArrayBuffer> {
  return pattern(ranges.reduce((sum, { length }) => sum + length, 0), seed);
}

/** Applies the same changes to a tree in memory and to a filesystem that is being written. */
export class Model {
  readonly root: Node = this.#node("directory", {
    mode: 0o755,
    uid: 0,
    gid: 0,
    mtime: FIXED.time as Ext4Metadata["mtime"],
  }, {});
  readonly #writer: Ext4Writer;

  constructor(writer: Ext4Writer) {
    this.#writer = writer;
    this.root.children.set(
      "lost+found",
      this.#node("directory", {
        ...this.root.metadata,
        mode: 0o700,
      }, {}),
    );
    this.root.nlink = 3;
  }

  #node(type: Ext4EntryType, metadata: Ext4Metadata, content: NodeContent): Node {
    const { size = 0, seed = 1, target = "", device = { major: 0, minor: 0 } } = content;
    const ranges = content.ranges ?? [{ offset: 0, length: size }];
    const nlink = type === "directory" ? 2 : 1;
    return { type, metadata, nlink, size, ranges, seed, target, device, children: new Map() };
  }

  #entry(path: readonly string[]): number {
    return path.reduce(
      (entry, name) => this.#writer.find(entry, stringBytes(name))!,
      this.#writer.root,
    );
  }

  /** The node at a path. */
  at(path: readonly string[]): Node {
    return path.reduce((node, name) => node.children.get(name)!, this.root);
  }

  /** Adds something. */
  async add(
    path: readonly string[],
    type: Ext4EntryType,
    metadata: Ext4Metadata,
    content: NodeContent = {},
  ): Promise<void> {
    const folder = path.slice(0, -1);
    const name = stringBytes(path.at(-1)!);
    const node = this.#node(type, metadata, content);
    const parent = this.at(folder);
    parent.children.set(path.at(-1)!, node);
    if (type === "directory") parent.nlink++;
    const entry = this.#entry(folder);
    if (type === "directory") {
      this.#writer.addFolder(entry, name, metadata);
    } else if (type === "file") {
      this.#writer.addFile(entry, name, metadata, node.size, content.ranges);
      const data = dataOf(node);
      for (let start = 0; start < data.length; start += 50_000) {
        this.#writer.write(data.subarray(start, start + 50_000));
        await this.#writer.ready();
      }
    } else if (type === "symlink") {
      this.#writer.addSymlink(entry, name, stringBytes(node.target), metadata);
    } else {
      this.#writer.addSpecial(entry, name, type, node.device, metadata);
    }
  }

  /** Adds one more name. */
  link(path: readonly string[], existing: readonly string[]): void {
    const node = this.at(existing);
    const folder = path.slice(0, -1);
    this.at(folder).children.set(path.at(-1)!, node);
    node.nlink++;
    this.#writer.addLink(
      this.#entry(folder),
      stringBytes(path.at(-1)!),
      this.#entry(existing),
    );
  }

  /** Removes a name. */
  remove(path: readonly string[]): void {
    this.#writer.remove(this.#entry(path));
    const parent = this.at(path.slice(0, -1));
    const node = parent.children.get(path.at(-1)!)!;
    parent.children.delete(path.at(-1)!);
    if (node.type === "directory") parent.nlink--;
    const forget = (node: Node): void => {
      if (node.type === "directory") node.children.forEach(forget);
      else node.nlink--;
    };
    forget(node);
  }

  /** Gives something other metadata. */
  set(path: readonly string[], metadata: Ext4Metadata): void {
    this.at(path).metadata = metadata;
    this.#writer.setMetadata(this.#entry(path), metadata);
  }

  /** The paths of everything below the root but `lost+found`. */
  paths(): string[][] {
    const paths: string[][] = [];
    const visit = (node: Node, path: string[]): void => {
      for (const [name, child] of node.children) {
        if (path.length === 0 && name === "lost+found") continue;
        paths.push([...path, name]);
        visit(child, [...path, name]);
      }
    };
    visit(this.root, []);
    return paths;
  }

  /** What a witness should say. */
  tree(): Tree {
    const tree: Tree = new Map([["/", factsOf(this.root)]]);
    const visit = (node: Node, path: string): void => {
      for (const [name, child] of node.children) {
        tree.set(`${path}/${name}`, factsOf(child));
        visit(child, `${path}/${name}`);
      }
    };
    visit(this.root, "");
    return tree;
  }
}

function nanoseconds({ seconds, nanoseconds }: Ext4Metadata["mtime"]): bigint {
  return BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
}

function factsOf(node: Node): Facts {
  const { type, metadata, nlink, size, target, device } = node;
  const facts: Facts = {
    mode: (TYPES[type] | metadata.mode).toString(8),
    uid: metadata.uid,
    gid: metadata.gid,
    nlink,
    mtime: nanoseconds(metadata.mtime),
    atime: nanoseconds(metadata.atime ?? metadata.mtime),
    ctime: nanoseconds(metadata.ctime ?? FIXED.time as Ext4Metadata["mtime"]),
    xattrs: showXattrs(metadata.xattrs ?? new Map()),
  };
  if (type === "symlink") return { ...facts, target, size: target.length };
  if (type === "character-device" || type === "block-device") {
    facts.rdev = `${device.major}:${device.minor}`;
  }
  if (type !== "file") return facts;
  const data = dataOf(node);
  const content = new Uint8Array(size);
  let done = 0;
  const ranges = node.ranges.filter(({ length }) => length > 0).map(({ offset, length }) => {
    content.set(data.subarray(done, done += length), offset);
    const start = Math.floor(offset / BLOCK_SIZE) * BLOCK_SIZE;
    const end = Math.min(Math.ceil((offset + length) / BLOCK_SIZE) * BLOCK_SIZE, size);
    return { offset: start, end };
  });
  const joined: { offset: number; end: number }[] = [];
  for (const range of ranges) {
    const last = joined.at(-1);
    if (last !== undefined && last.end >= range.offset) last.end = range.end;
    else joined.push({ ...range });
  }
  return {
    ...facts,
    size,
    ranges: showRanges(joined.map(({ offset, end }) => ({ offset, length: end - offset }))),
    hash: createHash("sha256").update(content).digest("hex"),
  };
}
