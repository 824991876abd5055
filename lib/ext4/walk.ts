import { Corrupt } from "./corrupt.ts";
import { directoryEntries } from "./directory.ts";
import type { RawEntry } from "./directory_block.ts";
import type { FileInfo } from "./file_info.ts";
import { Incompatible } from "./incompatible.ts";
import type { InodeTable } from "./inode_table.ts";
import { asciiName, isNamePossible } from "./name.ts";
import { NumberSet } from "./number_set.ts";
import type { Volume } from "./volume.ts";
import type { WalkEntry } from "./walk_entry.ts";
import type { WalkedName } from "./walked_name.ts";

/** How many names of a folder are looked at together, so that their inodes are read in the order of the tables. */
const BATCH = 4096;

/** The same where the names come in that order by themselves: what is kept for a shorter time costs less memory. */
const ORDERED_BATCH = 256;

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
      if (name.depth < maxDepth) levels.push(namesIn(volume, inodes, name, info.ino));
    } else {
      const why = "it is in itself, or has two names";
      yield name.withError(new Corrupt("directory", why, { inode: info.ino })).entry;
    }
  }
}

function* namesIn(
  volume: Volume,
  inodes: InodeTable,
  folder: WalkedName,
  ino: number,
): Generator<WalkedName> {
  let failure: Corrupt | Incompatible | undefined;
  let batch: RawEntry[] = [];
  let isOrdered = true;
  try {
    for (const entry of directoryEntries(volume, inodes.inode(ino))) {
      isOrdered &&= batch.length === 0 || batch.at(-1)!.inode < entry.inode;
      batch.push(entry);
      if (batch.length < (isOrdered ? ORDERED_BATCH : BATCH)) continue;
      yield* namesOf(inodes, folder, ino, batch);
      batch = [];
    }
  } catch (error) {
    if (!(error instanceof Corrupt || error instanceof Incompatible)) throw error;
    failure = error;
  }
  yield* namesOf(inodes, folder, ino, batch);
  if (failure !== undefined) yield folder.withError(failure);
}

function* namesOf(
  inodes: InodeTable,
  folder: WalkedName,
  ino: number,
  batch: readonly RawEntry[],
): Generator<WalkedName> {
  const infos = inodes.infos(batch.map((entry) => entry.inode));
  for (let index = 0; index < batch.length; index++) {
    yield nameOf(folder, ino, batch[index]!, infos[index]!);
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
