import {
  Corrupt,
  type Ext4,
  type FileInfo,
  type WalkedError,
  type WalkedFile,
  type WalkEntry,
} from "../../ext4/mod.ts";
import { readTarget } from "./read_target.ts";

/** An entry of a tree, and its place in it. */
export interface TreeEntry {
  /** The entry. One without a name says what is wrong with its folder. */
  readonly entry: WalkEntry;
  /** The path of its folder. */
  readonly folder: string;
  /** How many folders are between it and the start: 0 if it is in the start itself. */
  readonly depth: number;
  /** Whether it is the last of its folder. */
  readonly isLast: boolean;
  /** Whether its own entries come next, one level deeper; there may be none. */
  readonly isEntered: boolean;
  /** What is wrong with it. */
  readonly error: Error | undefined;
  /** The target of a symlink. */
  readonly target: string | undefined;
}

/** A folder on the way from the start to the current entry. */
interface Level {
  /** The entries that are left, the next one last. */
  readonly entries: WalkEntry[];
  readonly path: string;
}

/**
 * Walks everything below a folder, `start` at `path`, in the order of the names, at most `levels` deep. Memory grows
 * with the folders on the way, and by a number for each other folder. There is no recursion, because a hostile image
 * can be deeper than the program's stack.
 */
export async function* sortedTree(
  root: Ext4,
  path: string,
  start: FileInfo,
  levels: number,
): AsyncGenerator<TreeEntry, void> {
  const stack: Level[] = [{
    entries: sortedEntries(root, start),
    path: path.replace(/\/+$/, ""),
  }];
  const seen = new Set([start.ino]);
  for (let level = stack.at(-1); level !== undefined; level = stack.at(-1)) {
    const next = level.entries.pop();
    if (next === undefined) {
      stack.pop();
      continue;
    }
    const entry = next.info?.isDirectory && seen.has(next.info.ino) ? seenBefore(next) : next;
    const { info } = entry;
    if (info?.isDirectory) seen.add(info.ino);
    const isEntered = info !== undefined && info.isDirectory && stack.length < levels;
    const link = await readTarget(root, info);
    yield {
      entry,
      folder: level.path,
      depth: stack.length - 1,
      isLast: level.entries.length === 0,
      isEntered,
      error: entry.error ?? link.error,
      target: link.target,
    };
    if (!isEntered) continue;
    stack.push({
      entries: sortedEntries(root, info),
      path: `${level.path}/${entry.name}`,
    });
  }
}

/** A folder that came before, as an error like that of `Ext4.walk`. Entering it each time could take forever. */
function seenBefore({ path, pathBytes, name, nameBytes, depth, info }: WalkedFile): WalkedError {
  const why = "it is in itself, or has two names";
  const error = new Corrupt("directory", why, { inode: info.ino });
  return { path, pathBytes, name, nameBytes, depth, error };
}

/** The entries of a folder, the first name last: taking them from the end is free, however many there are. */
function sortedEntries(root: Ext4, folder: FileInfo): WalkEntry[] {
  const entries = [...root.walkSync(folder, { maxDepth: 1 })];
  return entries.slice(1).sort((a, b) => a.name < b.name ? 1 : a.name > b.name ? -1 : 0);
}
