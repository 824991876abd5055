import {
  Corrupt,
  type Ext4,
  type FileInfo,
  type WalkedError,
  type WalkedFile,
  type WalkEntry,
} from "../../ext4/mod.ts";
import { readTarget } from "./read_target.ts";

/** An entry of a tree, where it stands in it. */
export interface TreeEntry {
  /** The entry; one without a name is what is wrong with the folder that it is in. */
  readonly entry: WalkEntry;
  /** The path of the folder that it is in. */
  readonly folder: string;
  /** How many folders below the start it is in: 0 for what is in the start itself. */
  readonly depth: number;
  /** Whether it is the last of its folder. */
  readonly isLast: boolean;
  /** Whether what is in it comes next, one level deeper, if there is anything. */
  readonly isEntered: boolean;
  /** What is wrong with it. */
  readonly error: Error | undefined;
  /** Where a symlink points. */
  readonly target: string | undefined;
}

/** A folder on the way to where the walk is. */
interface Level {
  /** What is still to come of it, the next one last. */
  readonly entries: WalkEntry[];
  readonly path: string;
}

/**
 * Walks what is below a folder, `start` at `path`, in the order of the names, at most `levels` deep. Memory grows with
 * the folders on the way, and by a number for each other; there is no recursion, because a hostile image can be deeper
 * than the program's stack.
 */
export async function* sortedTree(
  root: Ext4,
  path: string,
  start: FileInfo,
  levels: number,
): AsyncGenerator<TreeEntry, void> {
  const stack: Level[] = [{
    entries: await sortedEntries(root, start),
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
      entries: await sortedEntries(root, info),
      path: `${level.path}/${entry.name}`,
    });
  }
}

/** A folder that came before, as `Ext4.walk` has it: to enter it each time can take longer than anyone lives. */
function seenBefore({ path, pathBytes, name, nameBytes, depth, info }: WalkedFile): WalkedError {
  const why = "it is in itself, or has two names";
  const error = new Corrupt("directory", why, { inode: info.ino });
  return { path, pathBytes, name, nameBytes, depth, error };
}

/** The entries of a folder, the first name last: to take them from the end costs nothing, however many there are. */
async function sortedEntries(root: Ext4, folder: FileInfo): Promise<WalkEntry[]> {
  const entries = await Array.fromAsync(root.walk(folder, { maxDepth: 1 }));
  return entries.slice(1).sort((a, b) => a.name < b.name ? 1 : a.name > b.name ? -1 : 0);
}
