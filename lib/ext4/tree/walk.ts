import { NumberSet } from "../content/number_set.ts";
import type { InodeTable } from "../inode/inode_table.ts";
import { Corrupt } from "../volume/corrupt.ts";
import type { Volume } from "../volume/volume.ts";
import { FolderNames } from "./folder_names.ts";
import { NameBatch } from "./name_batch.ts";
import type { WalkEntry } from "./walk_entry.ts";
import type { WalkedName } from "./walked_name.ts";

/**
 * How many levels have memory for many names. Real trees are hardly deeper. If one is, its names are taken one by one
 * further down, so that memory does not grow with its depth.
 */
const BATCHED_LEVELS = 16;

/** What {@linkcode Ext4.walk} leaves out. */
export interface WalkOptions {
  /** How many levels below the start are walked: 0 is the start alone. Default: no limit. */
  readonly maxDepth?: number;
}

/**
 * Walks a tree from its start: a folder, then everything in it, then the next name of its parent. The names of a folder
 * come in the order on the disk.
 *
 * What is wrong with an entry is its `error`, and the walk goes on after it.
 */
export function* walkTree(
  volume: Volume,
  inodes: InodeTable,
  start: WalkedName,
  options: WalkOptions,
): Generator<WalkEntry> {
  const maxDepth = options.maxDepth ?? Infinity;
  /** The folders that were walked: one that comes again is in itself or has two names, and neither can be. */
  const seen = new NumberSet();
  /** The folders from the start to the current name. */
  const levels: FolderNames[] = [];
  /** What each level reads names into: the next folder on a level uses its memory again. */
  const batches: NameBatch[] = [];
  const block = volume.emptyBlock();
  let folder: FolderNames | undefined;
  let name: WalkedName | null = start;
  for (;;) {
    if (name === null) {
      levels.pop();
      folder = levels.at(-1);
      if (folder === undefined) return;
    } else {
      const { info } = name;
      if (info === undefined || !info.isDirectory) {
        yield name.entry;
      } else if (!seen.add(info.ino)) {
        const why = "it is in itself, or has two names";
        yield name.withError(new Corrupt("directory", why, { inode: info.ino })).entry;
      } else {
        yield name.entry;
        if (name.depth < maxDepth) {
          const level = levels.length;
          const memory = level < BATCHED_LEVELS
            ? { batch: batches[level] ??= new NameBatch(volume.superblock), block }
            : undefined;
          folder = new FolderNames(volume, inodes, name, info.ino, memory);
          levels.push(folder);
        }
      }
      if (folder === undefined) return;
    }
    name = folder.next();
  }
}
