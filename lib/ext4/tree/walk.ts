import { Corrupt } from "../volume/corrupt.ts";
import { directoryBlocks } from "../directory/directory.ts";
import type { RawName } from "../directory/directory_block.ts";
import type { FileInfo } from "../inode/file_info.ts";
import { Incompatible } from "../volume/incompatible.ts";
import type { InodeTable } from "../inode/inode_table.ts";
import { asciiName, isNamePossible } from "../directory/name.ts";
import { NameBatch } from "./name_batch.ts";
import { NumberSet } from "../content/number_set.ts";
import type { Block, Volume } from "../volume/volume.ts";
import type { WalkEntry } from "./walk_entry.ts";
import type { WalkedName } from "./walked_name.ts";

/**
 * How many levels have memory for many names. The trees of real systems are hardly deeper; of one that is, names are
 * taken one by one further down, so that memory does not grow with its depth.
 */
const BATCHED_LEVELS = 16;

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
  /** What each of these levels keeps of the names: the next folder on a level uses its memory again. */
  const batches: NameBatch[] = [];
  const block = volume.emptyBlock();
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
      const level = levels.length;
      const memory = level < BATCHED_LEVELS
        ? { batch: batches[level] ??= new NameBatch(volume.superblock), block }
        : undefined;
      levels.push(namesIn(volume, inodes, name, info.ino, memory));
    } else {
      const why = "it is in itself, or has two names";
      yield name.withError(new Corrupt("directory", why, { inode: info.ino })).entry;
    }
  }
}

/** What the names of a folder are read into. */
interface NamesMemory {
  readonly batch: NameBatch;
  /** For a block at a time, of whatever folder. */
  readonly block: Block;
}

function* namesIn(
  volume: Volume,
  inodes: InodeTable,
  folder: WalkedName,
  ino: number,
  memory: NamesMemory | undefined,
): Generator<WalkedName> {
  const batch = memory?.batch ?? new NameBatch(volume.superblock);
  batch.clear();
  let failure: Corrupt | Incompatible | undefined;
  try {
    const read = (number: number) =>
      memory === undefined ? volume.block(number) : volume.blockInto(memory.block, number);
    for (const entries of directoryBlocks(volume, inodes.inode(ino), read)) {
      for (const entry of entries) {
        batch.add(entry);
        if (memory === undefined) yield* takeNames(inodes, folder, ino, batch);
      }
      // Not before the block's end: another folder takes its memory.
      if (batch.isEnough) yield* takeNames(inodes, folder, ino, batch);
    }
  } catch (error) {
    if (!(error instanceof Corrupt || error instanceof Incompatible)) throw error;
    failure = error;
  }
  yield* takeNames(inodes, folder, ino, batch);
  if (failure !== undefined) yield folder.withError(failure);
}

/** Empties a batch. */
function* takeNames(
  inodes: InodeTable,
  folder: WalkedName,
  ino: number,
  batch: NameBatch,
): Generator<WalkedName> {
  batch.readInodes(inodes);
  for (let index = 0; index < batch.length; index++) {
    yield nameOf(folder, ino, batch.name(index), batch.info(index));
  }
  batch.clear();
}

function nameOf(
  folder: WalkedName,
  ino: number,
  entry: RawName,
  result: FileInfo | Corrupt,
): WalkedName {
  const text = asciiName(entry);
  const bytes = text === null ? entry.bytes.slice(entry.nameStart, entry.nameEnd) : null;
  if (isNamePossible(entry)) return folder.child(text, bytes, result);
  const why = "a name has a slash in it, or nothing";
  return folder.child(text, bytes, new Corrupt("directory", why, { inode: ino }));
}
