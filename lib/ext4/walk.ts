import { Corrupt } from "./corrupt.ts";
import { directoryEntries } from "./directory.ts";
import type { RawEntry } from "./directory_block.ts";
import type { FileInfo } from "./file_info.ts";
import { Incompatible } from "./incompatible.ts";
import { InodeSet } from "./inode_set.ts";
import type { InodeTable } from "./inode_table.ts";
import { asciiName, isNamePossible } from "./name.ts";
import type { Volume } from "./volume.ts";
import type { WalkEntry } from "./walk_entry.ts";

/** How many names of a folder are looked at together, so that their inodes are read in the order of the tables. */
const BATCH = 4096;

/** What {@linkcode Ext4.walk} leaves out. */
export interface WalkOptions {
  /** How many levels below the start are walked: 0 is the start alone. Without limit where absent. */
  readonly maxDepth?: number;
}

/** A folder that is being walked. */
interface Level {
  readonly folder: WalkEntry;
  readonly entries: Iterator<WalkEntry>;
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
  start: WalkEntry,
  options: WalkOptions,
): Generator<WalkEntry> {
  const maxDepth = options.maxDepth ?? Infinity;
  /** The folders that were walked: one that comes again is a loop, or a folder with two names, which cannot be. */
  const seen = new InodeSet();
  const levels: Level[] = [];
  const enter = (folder: WalkEntry, ino: number) => {
    seen.add(ino);
    levels.push({ folder, entries: folderEntries(volume, inodes, folder, ino) });
  };
  yield start;
  if (start.info?.isDirectory && maxDepth > 0) enter(start, start.info.ino);
  while (levels.length > 0) {
    const { entries } = levels.at(-1)!;
    const { value: entry, done } = entries.next();
    if (done) {
      levels.pop();
      continue;
    }
    const { info } = entry;
    if (info === undefined || !info.isDirectory) {
      yield entry;
    } else if (seen.has(info.ino)) {
      const error = new Corrupt("directory", "it is a folder with two names", { inode: info.ino });
      yield entry.withError(error);
    } else {
      yield entry;
      if (levels.length < maxDepth) enter(entry, info.ino);
    }
  }
}

function* folderEntries(
  volume: Volume,
  inodes: InodeTable,
  folder: WalkEntry,
  ino: number,
): Generator<WalkEntry> {
  let failure: Corrupt | Incompatible | undefined;
  let names: RawEntry[] = [];
  try {
    for (const entry of directoryEntries(volume, inodes.inode(ino))) {
      names.push(entry);
      if (names.length < BATCH) continue;
      yield* batchEntries(inodes, folder, names);
      names = [];
    }
  } catch (error) {
    if (!(error instanceof Corrupt || error instanceof Incompatible)) throw error;
    failure = error;
  }
  yield* batchEntries(inodes, folder, names);
  if (failure !== undefined) yield folder.withError(failure);
}

function* batchEntries(
  inodes: InodeTable,
  folder: WalkEntry,
  names: readonly RawEntry[],
): Generator<WalkEntry> {
  const infos = inodes.infos(names.map((name) => name.inode));
  for (const [index, name] of names.entries()) {
    yield makeEntry(folder, name, infos[index]!);
  }
}

function makeEntry(folder: WalkEntry, name: RawEntry, result: FileInfo | Corrupt): WalkEntry {
  const text = asciiName(name);
  const bytes = text === null ? name.bytes.slice(name.nameStart, name.nameEnd) : null;
  if (isNamePossible(name)) return folder.child(text, bytes, result);
  const error = new Corrupt("directory", "a name has a slash in it, or nothing", {
    inode: folder.info!.ino,
  });
  return folder.child(text, bytes, error);
}
