import assert from "node:assert/strict";
import { extentRuns } from "../../../lib/ext4/content/extent_tree.ts";
import { FileInfo } from "../../../lib/ext4/inode/file_info.ts";
import type { Inode } from "../../../lib/ext4/inode/inode.ts";
import { Corrupt } from "../../../lib/ext4/mod.ts";
import { parseSuperblock } from "../../../lib/ext4/volume/superblock.ts";
import { Volume } from "../../../lib/ext4/volume/volume.ts";
import { memorySource } from "../support/explore.ts";

const TINY = Deno.readFileSync(new URL("../../fixtures/tiny.ext4", import.meta.url));
/** 64 blocks of 1 KiB. */
const superblock = {
  ...parseSuperblock(TINY.slice(1024, 2048)),
  hasMetadataChecksums: false,
};

/** An entry: of a leaf, with its length, or of an inner node, without. */
type Entry = readonly [logical: number, physical: number, length?: number];

interface Node {
  readonly depth: number;
  readonly entries: readonly Entry[];
  readonly max?: number;
}

function write(view: DataView, { depth, entries, max = entries.length }: Node): void {
  view.setUint16(0, 0xf30a, true);
  view.setUint16(2, entries.length, true);
  view.setUint16(4, max, true);
  view.setUint16(6, depth, true);
  entries.forEach(([logical, physical, length], index) => {
    const offset = 12 + 12 * index;
    view.setUint32(offset, logical, true);
    if (length === undefined) {
      view.setUint32(offset + 4, physical, true);
    } else {
      view.setUint16(offset + 4, length, true);
      view.setUint32(offset + 8, physical, true);
    }
  });
}

/** The runs of a tree with its root in the inode and its other nodes in blocks, by their numbers. */
function runsOf(root: Node, nodes: Readonly<Record<number, Node>> = {}, from = 0): number[][] {
  const bytes = new Uint8Array(64 * 1024);
  for (const [block, node] of Object.entries(nodes)) {
    write(new DataView(bytes.buffer, 1024 * Number(block), 1024), node);
  }
  const raw = new DataView(new ArrayBuffer(256));
  const i_block = new DataView(raw.buffer, 0x28, 60);
  write(i_block, root);
  const inode: Inode = {
    info: new FileInfo(12, raw, 0, superblock),
    i_block,
    i_file_acl: 0,
    body: new DataView(raw.buffer, 160),
    checksumSeed: 0,
  };
  const volume = new Volume(memorySource(bytes), superblock);
  const runs = [...extentRuns(volume, inode, from)];
  return runs.map(({ logical, physical, length }) => [logical, physical, length]);
}

Deno.test("extentRuns() gives what holds data, however deep the tree is", () => {
  const unwritten = 32768;
  const root: Node = { depth: 2, entries: [[0, 10], [100, 11]] };
  const nodes: Record<number, Node> = {
    10: { depth: 1, entries: [[0, 12], [20, 13]] },
    11: { depth: 1, entries: [[100, 14]] },
    12: { depth: 0, entries: [[0, 30, 2], [5, 40, unwritten + 3]] },
    13: { depth: 0, entries: [[20, 32, 4]] },
    14: { depth: 0, entries: [[110, 50, 1], [111, 20, 1]] },
  };
  assert.deepEqual(runsOf(root, nodes), [[0, 30, 2], [20, 32, 4], [110, 50, 1], [111, 20, 1]]);
  assert.deepEqual(runsOf(root, nodes, 23), [[20, 32, 4], [110, 50, 1], [111, 20, 1]]);
  assert.deepEqual(runsOf(root, nodes, 111), [[111, 20, 1]]);
  assert.deepEqual(runsOf(root, nodes, 112), []);
});

Deno.test("extentRuns() gives nothing for a tree without entries", () => {
  assert.deepEqual(runsOf({ depth: 0, entries: [], max: 4 }), []);
});

Deno.test("extentRuns() finds what a tree cannot be", () => {
  const leaf: Node = { depth: 0, entries: [[0, 30, 2]] };
  const rows: [name: string, root: Node, nodes?: Record<number, Node>][] = [
    ["a node that is its own child", { depth: 1, entries: [[0, 10]] }, {
      10: { depth: 1, entries: [[0, 10]] },
    }],
    ["two nodes that are each other's", { depth: 2, entries: [[0, 10]] }, {
      10: { depth: 1, entries: [[0, 11]] },
      11: { depth: 1, entries: [[0, 10]] },
    }],
    ["the same node twice", { depth: 1, entries: [[0, 10], [8, 10]] }, { 10: leaf }],
    ["a depth that no tree has", { depth: 6, entries: [[0, 10]] }, { 10: leaf }],
    ["an inner node without entries", { depth: 1, entries: [], max: 4 }],
    ["a leaf without entries", { depth: 1, entries: [[0, 10]] }, {
      10: { depth: 0, entries: [], max: 4 },
    }],
    ["a node that is none", { depth: 1, entries: [[0, 10]] }],
    ["a node outside the filesystem", { depth: 1, entries: [[0, 64]] }],
    ["nodes out of order", { depth: 1, entries: [[8, 10], [0, 11]] }, { 10: leaf, 11: leaf }],
    ["more entries than there is room for", { depth: 0, entries: [[0, 30, 1]], max: 0 }],
    ["room for more than there is", { depth: 0, entries: [[0, 30, 1]], max: 5 }],
    ["extents out of order", { depth: 0, entries: [[8, 30, 1], [0, 31, 1]] }],
    ["extents that overlap", { depth: 0, entries: [[0, 30, 4], [3, 40, 1]] }],
    ["an extent of no blocks", { depth: 0, entries: [[0, 30, 0]] }],
    ["an extent that ends outside the filesystem", { depth: 0, entries: [[0, 60, 5]] }],
    ["an extent over the superblock", { depth: 0, entries: [[0, 1, 1]] }],
    ["an extent beyond the last block", { depth: 0, entries: [[0xffffffff, 30, 2]] }],
    ["an extent before its node", { depth: 1, entries: [[4, 10]] }, { 10: leaf }],
    ["an extent that goes on into the next node", { depth: 1, entries: [[0, 10], [1, 11]] }, {
      10: leaf,
      11: { depth: 0, entries: [[1, 40, 1]] },
    }],
  ];
  for (const [name, root, nodes] of rows) {
    assert.throws(() => runsOf(root, nodes), Corrupt, name);
  }
});
