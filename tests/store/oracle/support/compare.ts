import { differences, type Facts, type Tree } from "../../../ext4/support/facts.ts";

/** What depends on the filesystem that something is in, or on when it was put there. */
const INCIDENTAL = [
  "atime",
  "ctime",
  "birthtime",
  "flags",
  "generation",
  "blocks",
  "ranges",
] as const;

/** What {@linkcode compareTrees} does not look at. */
export interface CompareOptions {
  /** Paths of folders that no layer has an entry for: what unpackers give them is theirs to choose. */
  readonly untimed?: readonly string[];
}

/**
 * The points in which two trees differ that hold for layers: name, type, mode, owner, time, xattrs, the names of one file
 * and content.
 */
export function compareTrees(
  truth: Tree,
  ours: Tree,
  { untimed = [] }: CompareOptions = {},
): string[] {
  return differences(essence(truth, untimed), essence(ours, untimed));
}

function essence(tree: Tree, untimed: readonly string[]): Tree {
  const first = new Map<number | undefined, number>();
  const essential: Tree = new Map();
  let nth = 0;
  for (const path of [...tree.keys()].sort()) {
    // fsck's own folder, which a folder on the host does not have.
    if (path === "/lost+found") continue;
    const facts: Facts = { ...tree.get(path) };
    const isFolder = facts.mode?.startsWith("4") && facts.mode.length === 5;
    if (!first.has(facts.ino)) first.set(facts.ino, nth);
    facts.ino = first.get(facts.ino)!;
    nth++;
    for (const field of INCIDENTAL) delete facts[field];
    if (isFolder) {
      delete facts.size;
      if (path === "/") delete facts.nlink;
    }
    if (untimed.includes(path)) delete facts.mtime;
    essential.set(path, facts);
  }
  return essential;
}
