import { Corrupt } from "./corrupt.ts";
import { directoryEntries } from "./directory.ts";
import type { RawEntry } from "./directory_block.ts";
import type { FileInfo } from "./file_info.ts";
import { Incompatible } from "./incompatible.ts";
import { InodeBatch } from "./inode_batch.ts";
import type { InodeTable } from "./inode_table.ts";
import { asciiName, isNamePossible } from "./name.ts";
import { NumberSet } from "./number_set.ts";
import type { Volume } from "./volume.ts";
import type { WalkEntry } from "./walk_entry.ts";
import type { WalkedName } from "./walked_name.ts";

/** What {@linkcode Ext4.walk} leaves out. */
export interface WalkOptions {
  /** How many levels below the start are walked: 0 is the start alone. Without limit where absent. */
  readonly maxDepth?: number;
}

/**
 * Walks a tree: the start, then what is in it. A folder comes before what is in it, and that before the next name of
 * the folder that it is in; the names of a folder come in the order on the disk.
 *
 * @param volume The filesystem's blocks.
 * @param inodes The filesystem's inodes.
 * @param start The start.
 * @param options What is left out.
 * @returns The entries. What is wrong with one is an entry with the error, and the walk goes on after it.
 */
export function* walkTree(
  volume: Volume,
  inodes: InodeTable,
  start: WalkedName,
  options: WalkOptions,
): Generator<WalkEntry> {
  const maxDepth = options.maxDepth ?? Infinity;
  /** The folders that were walked: one that comes again is a loop, or a folder with two names, which cannot be. */
  const seen = new NumberSet();
  /** The names that are still to come, of each folder from the start to where the walk is. */
  const levels: Iterator<WalkedName>[] = [[start].values()];
  /** What each of these levels keeps of inodes: the next folder on a level uses its memory again. */
  const batches: InodeBatch[] = [];
  while (levels.length > 0) {
    const { value: name, done } = levels.at(-1)!.next();
    if (done) {
      levels.pop();
      continue;
    }
    const { info } = name;
    if (info === undefined || !info.isDirectory) {
      yield name.entry;
    } else if (seen.add(info.ino)) {
      yield name.entry;
      if (name.depth >= maxDepth) continue;
      const batch = batches[levels.length] ??= new InodeBatch(volume.superblock);
      levels.push(namesIn(volume, inodes, name, info.ino, batch));
    } else {
      const why = "it is in itself, or has two names";
      yield name.withError(new Corrupt("directory", why, { inode: info.ino })).entry;
    }
  }
}

/**
 * The names in a folder. They are read twice, a batch at a time: first for the numbers of their inodes, then, out of the
 * cache, one by one.
 */
function* namesIn(
  volume: Volume,
  inodes: InodeTable,
  folder: WalkedName,
  ino: number,
  batch: InodeBatch,
): Generator<WalkedName> {
  const ahead = entriesUntilFailure(volume, inodes, ino);
  const entries = entriesUntilFailure(volume, inodes, ino);
  let next;
  do {
    batch.clear();
    for (next = ahead.next(); !next.done; next = ahead.next()) {
      batch.add(next.value.inode);
      if (batch.isFull) break;
    }
    batch.read(inodes);
    for (let index = 0; index < batch.length; index++) {
      const entry = entries.next();
      // The file itself has changed between the two.
      if (entry.done) break;
      yield nameOf(folder, ino, entry.value, batch.info(index));
    }
  } while (!next.done);
  if (next.value !== undefined) yield folder.withError(next.value);
}

/** The entries of a folder, and in the end what is wrong with it, where something is. */
function* entriesUntilFailure(
  volume: Volume,
  inodes: InodeTable,
  ino: number,
): Generator<RawEntry, Corrupt | Incompatible | undefined> {
  try {
    yield* directoryEntries(volume, inodes.inode(ino));
    return undefined;
  } catch (error) {
    if (!(error instanceof Corrupt || error instanceof Incompatible)) throw error;
    return error;
  }
}

function nameOf(
  folder: WalkedName,
  ino: number,
  entry: RawEntry,
  result: FileInfo | Corrupt,
): WalkedName {
  const text = asciiName(entry);
  const bytes = text === null ? entry.bytes.slice(entry.nameStart, entry.nameEnd) : null;
  if (isNamePossible(entry)) return folder.child(text, bytes, result);
  const why = "a name has a slash in it, or nothing";
  return folder.child(text, bytes, new Corrupt("directory", why, { inode: ino }));
}
