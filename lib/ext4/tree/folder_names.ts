import { directoryBlocks } from "../directory/directory.ts";
import { isNamePossible } from "../directory/name.ts";
import type { InodeTable } from "../inode/inode_table.ts";
import { Corrupt } from "../volume/corrupt.ts";
import { Incompatible } from "../volume/incompatible.ts";
import type { Block, Volume } from "../volume/volume.ts";
import { NameBatch } from "./name_batch.ts";
import type { WalkedName } from "./walked_name.ts";

/** What the names of a folder are read into, so that many of them can be read at once. */
export interface NamesMemory {
  readonly batch: NameBatch;
  /** For a block at a time, of any folder. */
  readonly block: Block;
}

/** The names in a folder that is being walked. They are handed out one by one: most of a walk's time is spent here. */
export class FolderNames {
  readonly #folder: WalkedName;
  readonly #ino: number;
  readonly #batch: NameBatch;
  readonly #fillings: Generator<void, Corrupt | Incompatible | undefined>;
  #index = 0;
  #isDone = false;

  /** Takes the folder and its inode. Without `memory`, names are read one at a time. */
  constructor(
    volume: Volume,
    inodes: InodeTable,
    folder: WalkedName,
    ino: number,
    memory: NamesMemory | undefined,
  ) {
    this.#folder = folder;
    this.#ino = ino;
    this.#batch = memory?.batch ?? new NameBatch(volume.superblock);
    this.#batch.clear();
    this.#fillings = fill(volume, inodes, ino, this.#batch, memory?.block);
  }

  /** The next name, or null after the last one. What is wrong with the folder comes as an entry of its own. */
  next(): WalkedName | null {
    const batch = this.#batch;
    if (this.#index === batch.length) {
      if (this.#isDone) return null;
      batch.clear();
      this.#index = 0;
      const { value: failure, done } = this.#fillings.next();
      if (done) {
        this.#isDone = true;
        return failure === undefined ? null : this.#folder.withError(failure);
      }
    }
    const index = this.#index++;
    const result = batch.info(index);
    const text = batch.plainName(index);
    if (text !== null) return this.#folder.child(text, null, result);
    const name = batch.name(index);
    const bytes = name.bytes.slice(name.nameStart, name.nameEnd);
    if (isNamePossible(name)) return this.#folder.child(null, bytes, result);
    const why = "a name has a slash in it, or nothing";
    const error = new Corrupt("directory", why, { inode: this.#ino });
    return this.#folder.child(null, bytes, error);
  }
}

/** Fills a batch with at least one name, each time that it is asked to. Returns what kept it from reading all names. */
function* fill(
  volume: Volume,
  inodes: InodeTable,
  ino: number,
  batch: NameBatch,
  memory: Block | undefined,
): Generator<void, Corrupt | Incompatible | undefined> {
  let failure: Corrupt | Incompatible | undefined;
  try {
    const read = (number: number) =>
      memory === undefined ? volume.block(number) : volume.blockInto(memory, number);
    for (const entries of directoryBlocks(volume, inodes.inode(ino), read)) {
      for (const entry of entries) {
        batch.add(entry);
        if (memory === undefined) {
          batch.read(inodes);
          yield;
        }
      }
      // Not before the block's end: another folder takes its memory.
      if (batch.isFull) {
        batch.read(inodes);
        yield;
      }
    }
  } catch (error) {
    if (!(error instanceof Corrupt || error instanceof Incompatible)) throw error;
    failure = error;
  }
  if (batch.length > 0) {
    batch.read(inodes);
    yield;
  }
  return failure;
}
