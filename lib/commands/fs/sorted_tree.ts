import type { Ext4, FileInfo, WalkEntry } from "../../ext4/mod.ts";
import { readTarget } from "./read_target.ts";

/** An entry of a tree, where it stands in it. */
export interface Branch {
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
  readonly ino: number;
  readonly path: string;
}

/**
 * Walks what is below a folder, `start` at `path`, in the order of the names, at most `levels` deep. Memory grows with
 * the folders on the way alone; there is no recursion, because a hostile image can be deeper than the program's stack.
 */
export async function* sortedTree(
  root: Ext4,
  path: string,
  start: FileInfo,
  levels: number,
): AsyncGenerator<Branch, void> {
  const stack: Level[] = [{
    entries: await sortedEntries(root, start),
    ino: start.ino,
    path: path.replace(/\/+$/, ""),
  }];
  const onTheWay = new Set([start.ino]);
  for (let level = stack.at(-1); level !== undefined; level = stack.at(-1)) {
    const entry = level.entries.pop();
    if (entry === undefined) {
      stack.pop();
      onTheWay.delete(level.ino);
      continue;
    }
    const { info } = entry;
    // A folder inside itself is there in broken images only.
    const isEntered = info !== undefined && info.isDirectory && stack.length < levels &&
      !onTheWay.has(info.ino);
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
    onTheWay.add(info.ino);
    stack.push({
      entries: await sortedEntries(root, info),
      ino: info.ino,
      path: `${level.path}/${entry.name}`,
    });
  }
}

/** The entries of a folder, the first name last: to take them from the end costs nothing, however many there are. */
async function sortedEntries(root: Ext4, folder: FileInfo): Promise<WalkEntry[]> {
  const entries = await Array.fromAsync(root.walk(folder, { maxDepth: 1 }));
  return entries.slice(1).sort((a, b) => a.name < b.name ? 1 : a.name > b.name ? -1 : 0);
}
