import { directoryHash } from "./directory_hash.ts";
import { parseIndexNode, parseIndexRoot } from "./htree.ts";
import type { IndexNode } from "./htree.ts";
import type { Superblock } from "../volume/superblock.ts";

/** `s_flags`: characters count as unsigned in hashes. */
const FLAGS_UNSIGNED_HASH = 0x2;
/** How many kinds of hash that flag applies to; it makes them kinds of their own. */
const SIGNED_KINDS = 3;
/** The kernel makes no more levels below the root than two, or three in large folders. */
const MAX_LEVELS = 3;

/** A place in the index: an entry of each level's node, the root's first. */
interface Step {
  readonly node: IndexNode;
  readonly index: number;
}

/**
 * The blocks of an indexed folder that may have a name, by their numbers in the folder. There is nearly always one;
 * there are more if names with the same hash do not fit into it. Null if the form of the index is unknown: then all
 * blocks have to be searched. `block` gives a block of the folder, which has `count` of them.
 */
export function indexedBlocks(
  superblock: Superblock,
  name: Uint8Array,
  block: (logical: number) => DataView,
  count: number,
): number[] | null {
  const root = parseIndexRoot(block(0));
  if (root === null || root.indirect_levels > MAX_LEVELS) return null;
  const { hash_version, indirect_levels } = root;
  const isUnsigned = (superblock.s_flags & FLAGS_UNSIGNED_HASH) !== 0 &&
    hash_version < SIGNED_KINDS;
  const kind = isUnsigned ? hash_version + SIGNED_KINDS : hash_version;
  const hash = directoryHash(name, kind, superblock.s_hash_seed);
  if (hash === null) return null;

  const steps: Step[] = [{ node: root, index: lastUpTo(root, hash) }];
  const descend = (find: (node: IndexNode) => number): boolean => {
    while (steps.length <= indirect_levels) {
      const { node, index } = steps.at(-1)!;
      const child = parseIndexNode(block(node.blocks[index]!));
      if (child === null) return false;
      steps.push({ node: child, index: find(child) });
    }
    return true;
  };
  if (!descend((node) => lastUpTo(node, hash))) return null;
  const blocks: number[] = [];
  for (;;) {
    const { node, index } = steps.at(-1)!;
    blocks.push(node.blocks[index]!);
    if (blocks.length > count) return null;
    // If the lowest bit of the next entry's hash is set, its block continues this hash.
    let step = steps.pop();
    while (step !== undefined && step.index + 1 === step.node.hashes.length) step = steps.pop();
    if (step === undefined || step.node.hashes[step.index + 1] !== hash + 1) return blocks;
    steps.push({ node: step.node, index: step.index + 1 });
    if (!descend(() => 0)) return null;
  }
}

/** The last entry whose hash is not greater. */
function lastUpTo({ hashes }: IndexNode, hash: number): number {
  let low = 0;
  let high = hashes.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (hashes[middle]! > hash) high = middle - 1;
    else low = middle;
  }
  return low;
}
