import { Corrupt } from "../volume/corrupt.ts";
import { parseEntries, verifyDirectoryBlock } from "./directory_block.ts";
import type { RawEntry } from "./directory_block.ts";
import { indexedBlocks } from "./directory_index.ts";
import { COMPAT_DIR_INDEX, INCOMPAT_FILETYPE } from "../volume/features.ts";
import { fileRuns } from "../content/file_runs.ts";
import { verifyIndexBlock } from "./htree.ts";
import { Incompatible } from "../volume/incompatible.ts";
import { inlineData } from "../content/inline_data.ts";
import type { Inode } from "../inode/inode.ts";
import {
  EXT4_CASEFOLD_FL,
  EXT4_ENCRYPT_FL,
  EXT4_INDEX_FL,
  EXT4_INLINE_DATA_FL,
} from "../inode/inode_fields.ts";
import type { Superblock } from "../volume/superblock.ts";
import type { Block, Volume } from "../volume/volume.ts";

/** The size of the parent folder's number, which comes before the entries of an inline folder. */
const INLINE_PARENT_SIZE = 4;

/**
 * The names in a folder, in the order on the disk, without `.` and `..` unless `hasDots` is set. Their bytes must not
 * be changed.
 *
 * The nodes of a folder's index look like blocks without a name, so an indexed folder is read like any other.
 *
 * @throws {Corrupt} If the folder is wrong.
 * @throws {Incompatible} If its names are encrypted.
 */
export function* directoryEntries(
  volume: Volume,
  inode: Inode,
  hasDots = false,
): Generator<RawEntry> {
  for (const entries of directoryBlocks(volume, inode, (number) => volume.block(number), hasDots)) {
    yield* entries;
  }
}

/**
 * Like {@linkcode directoryEntries}, block by block. `read` gives a block by its number, which has to last only until
 * the next one is asked for.
 *
 * @throws {Corrupt} If the folder is wrong. If a block is, its names throw it.
 * @throws {Incompatible} If its names are encrypted.
 */
export function* directoryBlocks(
  volume: Volume,
  inode: Inode,
  read: (number: number) => Block,
  hasDots = false,
): Generator<Iterable<RawEntry>> {
  const { superblock } = volume;
  const { ino, flags, size } = inode.info;
  if ((flags & EXT4_ENCRYPT_FL) !== 0) {
    const why = "they are encrypted, and the key is not in the image";
    throw new Incompatible(`the names in the folder with inode ${ino}`, "encrypt", why);
  }
  const hasFileType = (superblock.s_feature_incompat & INCOMPAT_FILETYPE) !== 0;
  if ((flags & EXT4_INLINE_DATA_FL) !== 0) {
    yield inlineEntries(inode, hasFileType);
    return;
  }
  const count = Math.ceil(size / superblock.blockSize);
  let logical = 0;
  for (const run of fileRuns(volume, inode, 0, count)) {
    if (run.logical !== logical) break;
    for (; logical < run.logical + run.length; logical++) {
      const block = read(run.physical + logical - run.logical);
      verifyBlock(superblock, inode, block, logical);
      yield blockEntries(block, hasFileType, ino, hasDots);
    }
  }
  if (logical < count) throw new Corrupt("directory", "it has a hole", { inode: ino });
}

function blockEntries(
  block: Block,
  hasFileType: boolean,
  ino: number,
  hasDots = false,
): Generator<RawEntry> {
  const place = { inode: ino, block: block.number };
  return parseEntries(block.bytes, block.view, 0, hasFileType, place, hasDots);
}

function* inlineEntries(inode: Inode, hasFileType: boolean): Generator<RawEntry> {
  const [start, rest] = inlineData(inode);
  const place = { inode: inode.info.ino };
  yield* parseEntries(start, inode.i_block, INLINE_PARENT_SIZE, hasFileType, place);
  const view = new DataView(rest.buffer, rest.byteOffset, rest.byteLength);
  yield* parseEntries(rest, view, 0, hasFileType, place);
}

function isIndexed(superblock: Superblock, { info }: Inode): boolean {
  return (info.flags & EXT4_INDEX_FL) !== 0 &&
    (superblock.s_feature_compat & COMPAT_DIR_INDEX) !== 0;
}

function verifyBlock(superblock: Superblock, inode: Inode, block: Block, logical: number): void {
  const { ino } = inode.info;
  if (!superblock.hasMetadataChecksums || block.verifiedFor === ino) return;
  if (isIndexed(superblock, inode) && (logical === 0 || isIndexNode(block))) {
    verifyIndexBlock(inode, block, logical === 0);
  } else {
    verifyDirectoryBlock(inode, block);
  }
  block.verifiedFor = ino;
}

/** A node of the index begins with an entry that fills the block; in any other block the checksum takes some of that room. */
function isIndexNode({ view }: Block): boolean {
  const rec_len = view.getUint16(4, true);
  return rec_len === view.byteLength ||
    (view.byteLength === 65536 && (rec_len === 0 || rec_len === 65535));
}

/**
 * The number of the inode that a name in a folder leads to, or null if there is no such name.
 *
 * @throws {Corrupt} If the folder is wrong.
 * @throws {Incompatible} If its names are encrypted.
 */
export function lookUp(volume: Volume, inode: Inode, name: Uint8Array): number | null {
  for (const entry of candidates(volume, inode, name)) {
    if (isName(entry, name)) return entry.inode;
  }
  return null;
}

/** The names in the blocks that may hold `name`: those that the index leads to, or all. */
function* candidates(volume: Volume, inode: Inode, name: Uint8Array): Generator<RawEntry> {
  const { superblock } = volume;
  const { ino, flags, size } = inode.info;
  // A folder that ignores case hashes the folded form of a name, which would take Unicode's tables.
  const unusable = EXT4_CASEFOLD_FL | EXT4_ENCRYPT_FL | EXT4_INLINE_DATA_FL;
  const usesIndex = isIndexed(superblock, inode) && (flags & unusable) === 0;
  const count = Math.ceil(size / superblock.blockSize);
  const read = (logical: number) => {
    const [run] = logical < count ? fileRuns(volume, inode, logical, logical + 1) : [];
    if (run === undefined) throw new Corrupt("directory", "it has a hole", { inode: ino });
    const block = volume.block(run.physical);
    verifyBlock(superblock, inode, block, logical);
    return block;
  };
  const blocks = usesIndex
    ? indexedBlocks(superblock, name, (logical) => read(logical).view, count)
    : null;
  if (blocks === null) {
    yield* directoryEntries(volume, inode);
    return;
  }
  const hasFileType = (superblock.s_feature_incompat & INCOMPAT_FILETYPE) !== 0;
  for (const logical of blocks) yield* blockEntries(read(logical), hasFileType, ino);
}

function isName({ bytes, nameStart, nameEnd }: RawEntry, name: Uint8Array): boolean {
  if (nameEnd - nameStart !== name.length) return false;
  for (let index = 0; index < name.length; index++) {
    if (bytes[nameStart + index] !== name[index]) return false;
  }
  return true;
}
