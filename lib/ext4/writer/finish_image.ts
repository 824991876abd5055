import { SnapvmError } from "../../error/mod.ts";
import { crc32c, crc32cOfNumber } from "../checksum/crc32c.ts";
import {
  EXT4_EA_INODE_FL,
  EXT4_EXTENTS_FL,
  EXT4_INDEX_FL,
  GOOD_OLD_INODE_SIZE,
} from "../inode/inode_fields.ts";
import type { Run } from "../content/run.ts";
import type { FreeRun } from "./block_allocator.ts";
import { NONE } from "./entry_table.ts";
import {
  EXTENT_CHECKSUM_OFFSET,
  type ExtentTree,
  layoutExtents,
  MAX_SHORT_RUN,
  writeShortRoot,
} from "./extent_layout.ts";
import {
  type FileTree,
  inodeNumber,
  LAST_RESERVED_INO,
  LOST_AND_FOUND,
  ROOT,
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
} from "./file_tree.ts";
import {
  entrySize,
  type FolderLayout,
  type FolderNames,
  isLargeFolder,
  layoutFolder,
  TAIL_SIZE,
  writeDots,
  writeIndexNode,
} from "./folder_layout.ts";
import {
  BLOCK_SIZE,
  BLOCKS_PER_GROUP,
  blocksOfGroup,
  divide,
  type Geometry,
  INODE_SIZE,
} from "./geometry.ts";
import { type GroupPlaces, placeGroups } from "./group_tables.ts";
import { HAS_RUNS, IS_INDEXED, IS_VALUE } from "./inode_columns.ts";
import type { UnfinishedImage } from "./unfinished_image.ts";
import { writeGroups } from "./write_groups.ts";
import { writeJournalSuperblock } from "./write_journal.ts";
import { writeSuperblock } from "./write_superblock.ts";
import {
  layoutXattrs,
  MAX_BLOCK_USES,
  valueChecksum,
  writeXattrBlock,
  writeXattrBody,
  type XattrLayout,
} from "./xattr_layout.ts";
import type { StoredXattr } from "./xattr_sets.ts";

const JOURNAL_INO = 8;
/** The kernel's `EXT4_LINK_MAX`. */
export const MAX_LINKS = 65000;
/** Longer targets of links have a block. */
export const MAX_FAST_TARGET = 59;
const EXTRA_ISIZE = 32;
const BODY_OFFSET = GOOD_OLD_INODE_SIZE + EXTRA_ISIZE;
const INODES_PER_BLOCK = BLOCK_SIZE / INODE_SIZE;

/** So many layouts of sets of attributes are remembered. */
const MAX_LAYOUTS = 256;

/** By the upper four bits of the mode: the type in a folder's entry. */
const FILE_TYPES = [0, 5, 3, 0, 2, 0, 4, 0, 1, 0, 7, 0, 6, 0, 0, 0];

/** The error for a filesystem that is too small for what goes into it. */
export function filesystemFull(
  path: string,
  resource: "blocks" | "inodes",
): SnapvmError<"filesystem-full"> {
  const why = resource === "blocks"
    ? "the filesystem's size is too small for the files"
    : "the filesystem's size is too small for so many files";
  return new SnapvmError("filesystem-full", `Cannot write ${path}: ${why}`, {
    data: { path, resource },
  });
}

/** Writes all that is not the content of files, the superblock last. */
export class ImageFinisher {
  readonly #image: UnfinishedImage;
  /** The seed of the checksums of metadata and of values of attributes. */
  readonly #seed: number;
  readonly #hashWords: Int32Array<ArrayBuffer>;
  /** The extent trees that have blocks, or more than one run. */
  readonly #trees = new Map<number, ExtentTree>();
  #journalTree: ExtentTree | undefined;
  readonly #layouts = new Map<number, XattrLayout>();
  /** How many blocks of attributes lead to each inode that holds a value. */
  readonly #valueUses = new Map<number, number>();
  #hasLargeFolder = false;

  /** Takes the image. */
  constructor(image: UnfinishedImage) {
    this.#image = image;
    this.#seed = crc32c(0xffffffff, new DataView(image.uuid.buffer));
    const seed = new Int32Array(image.hashSeed.buffer);
    this.#hashWords = seed.some((word) => word !== 0)
      ? seed
      : Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476);
  }

  /**
   * Writes it all.
   *
   * @returns The size of the filesystem in blocks.
   */
  async finish(): Promise<number> {
    const { allocator, output, journalBlocks, tree, size } = this.#image;
    addLostAndFound(tree);
    if ("blocks" in size) {
      const preliminary = this.#geometry();
      allocator.limit = size.blocks - preliminary.groups * blocksOfGroup(preliminary);
    }
    if (journalBlocks > 0) this.#writeJournal();
    await this.#writeLinks();
    await this.#writeFolders();
    await this.#writeXattrs();
    await this.#writeTrees();
    const geometry = this.#geometry();
    const { descriptorsEnd } = this.#image;
    allocator.give(1 + geometry.descriptorBlocks, descriptorsEnd - 1 - geometry.descriptorBlocks);
    allocator.limit = geometry.blocks;
    const places = placeGroups(allocator, geometry, tree.inodes.length + LAST_RESERVED_INO);
    if (places === undefined) throw this.#full();
    const journal = await this.#writeInodes(geometry, places);
    const { freeBlocks, freeInodes } = writeGroups(this.#image, this.#seed, geometry, places);
    output.flush();
    output.seek(0);
    const offset = output.take(BLOCK_SIZE);
    writeSuperblock(
      {
        geometry,
        freeBlocks,
        freeInodes,
        uuid: this.#image.uuid,
        hashSeed: this.#image.hashSeed,
        label: this.#image.label,
        time: Math.max(0, this.#image.time.seconds),
        hasChecksums: this.#image.hasChecksums,
        hasValueInodes: this.#valueUses.size > 0,
        hasLargeFolder: this.#hasLargeFolder,
        journal,
      },
      output.bytes,
      output.view,
      offset + 1024,
    );
    output.flush();
    return geometry.blocks;
  }

  #full(): SnapvmError {
    return filesystemFull(this.#image.path, "blocks");
  }

  #allocate(count: number): number {
    const start = this.#image.allocator.take(count);
    if (start < 0) throw this.#full();
    return start;
  }

  /** Gives room for a block: its place in the output's buffer. */
  #block(block: number): number {
    this.#image.output.seek(block * BLOCK_SIZE);
    return this.#image.output.take(BLOCK_SIZE);
  }

  #inodeSeed(ino: number): number {
    return crc32cOfNumber(crc32cOfNumber(this.#seed, ino), 0);
  }

  #writeJournal(): void {
    const { allocator, output, journalBlocks, uuid } = this.#image;
    const start = allocator.takeNew(journalBlocks);
    const runs = start < 0 ? allocator.takeRuns(journalBlocks) : [{ start, length: journalBlocks }];
    if (runs === undefined) throw this.#full();
    this.#journalTree = layoutExtents(withLogical(runs), () => this.#allocate(1));
    const offset = this.#block(runs[0]!.start);
    writeJournalSuperblock(journalBlocks, BLOCK_SIZE, uuid, output.bytes, output.view, offset);
    this.#writeTree(JOURNAL_INO, this.#journalTree);
  }

  /** Writes the targets of links that are too long for their inodes. */
  async #writeLinks(): Promise<void> {
    const { tree: { inodes, entries }, output } = this.#image;
    for (let inode = 0; inode < inodes.length; inode++) {
      const length = inodes.size[inode]!;
      if ((inodes.mode[inode]! & S_IFMT) !== S_IFLNK || length <= MAX_FAST_TARGET) continue;
      const block = this.#allocate(1);
      const offset = this.#block(block);
      const start = inodes.start[inode]!;
      output.bytes.set(entries.names.bytes.subarray(start, start + length), offset);
      inodes.start[inode] = block;
      inodes.count[inode] = 1;
      if ((inode & 255) === 0) await output.ready();
    }
  }

  async #writeFolders(): Promise<void> {
    const { tree, allocator, output } = this.#image;
    const { entries, inodes } = tree;
    let list = new Uint32Array(1024);
    for (let folder = 0; folder < entries.length; folder++) {
      const inode = entries.inode[folder]!;
      if (inode === NONE || (inodes.mode[inode]! & S_IFMT) !== S_IFDIR) continue;
      let count = 0;
      for (let entry = inodes.start[inode]!; entry !== NONE; entry = entries.next[entry]!) {
        if (count === list.length) {
          const longer = new Uint32Array(2 * count);
          longer.set(list);
          list = longer;
        }
        list[count++] = entry;
      }
      const names: FolderNames = {
        count,
        entries: list,
        nameStart: entries.nameStart,
        nameLength: entries.nameLength,
        bytes: entries.names.bytes,
      };
      const layout = layoutFolder(names, this.#hashWords, this.#image.hasChecksums);
      if (layout === undefined) throw this.#full();
      if (isLargeFolder(layout)) this.#hasLargeFolder = true;
      const start = allocator.take(layout.blocks);
      const runs = start < 0
        ? allocator.takeRuns(layout.blocks)
        : [{ start, length: layout.blocks }];
      if (runs === undefined) throw this.#full();
      await this.#writeFolder(folder, names, layout, runs);
      inodes.size[inode] = layout.blocks * BLOCK_SIZE;
      inodes.flags[inode] = layout.index === undefined ? 0 : IS_INDEXED;
      this.#setRuns(inode, runs);
      await output.ready();
    }
  }

  #setRuns(inode: number, runs: readonly FreeRun[]): void {
    const { tree } = this.#image;
    const { inodes } = tree;
    if (runs.length === 1) {
      inodes.start[inode] = runs[0]!.start;
      inodes.count[inode] = runs[0]!.length;
      return;
    }
    inodes.flags[inode]! |= HAS_RUNS;
    inodes.start[inode] = tree.runCount;
    inodes.count[inode] = runs.length;
    for (const { logical, physical, length } of withLogical(runs)) {
      tree.addRun(logical, physical, length);
    }
  }

  async #writeFolder(
    folder: number,
    names: FolderNames,
    layout: FolderLayout,
    runs: readonly FreeRun[],
  ): Promise<void> {
    const { output, hasChecksums, tree } = this.#image;
    const { entries, inodes } = tree;
    const ino = inodeNumber(entries.inode[folder]!);
    const parent = folder === ROOT ? ino : inodeNumber(entries.inode[entries.folder[folder]!]!);
    const seed = hasChecksums ? this.#inodeSeed(ino) : 0;
    const end = BLOCK_SIZE - (hasChecksums ? TAIL_SIZE : 0);
    const blocks = blocksOf(runs);
    const next = () => this.#block(blocks.next().value!);
    const { index } = layout;
    if (index !== undefined) {
      for (const [level, count] of index.levels.entries()) {
        for (let node = 0; node < count; node++) {
          const offset = next();
          const { view } = output;
          const start = offset + writeIndexNode(index, level, node, ino, parent, view, offset);
          if (hasChecksums) writeIndexChecksum(seed, view, offset, start);
        }
      }
    }
    let position = 0;
    for (const [leaf, leafEnd] of layout.leafEnds.entries()) {
      const offset = next();
      const { view, bytes } = output;
      let at = offset;
      let last = -1;
      if (index === undefined) {
        writeDots(ino, parent, names.count === 0 ? end : 24, view, offset);
        at += 24;
      }
      for (; position < leafEnd; position++) {
        const entry = names.entries[position]!;
        const inode = entries.inode[entry]!;
        const length = names.nameLength[entry]!;
        const size = entrySize(length);
        view.setUint32(at, inodeNumber(inode), true);
        view.setUint16(at + 4, size, true);
        bytes[at + 6] = length;
        bytes[at + 7] = FILE_TYPES[inodes.mode[inode]! >>> 12]!;
        const start = names.nameStart[entry]!;
        for (let byte = 0; byte < length; byte++) bytes[at + 8 + byte] = names.bytes[start + byte]!;
        last = at;
        at += size;
      }
      if (last >= 0) view.setUint16(last + 4, offset + end - last, true);
      if (hasChecksums) {
        view.setUint16(offset + end + 4, TAIL_SIZE, true);
        view.setUint8(offset + end + 7, 0xde);
        view.setUint32(offset + end + 8, crc32c(seed, view, offset, offset + end), true);
      }
      if ((leaf & 255) === 255) await output.ready();
    }
  }

  /** Writes the blocks of attributes, and inodes for values that do not fit there. */
  async #writeXattrs(): Promise<void> {
    const { tree: { inodes, xattrs }, output } = this.#image;
    for (let inode = 0; inode < inodes.length; inode++) {
      if (inodes.mode[inode] !== 0) xattrs.uses[inodes.xattrs[inode]!]!++;
    }
    for (let set = 1; set < xattrs.length; set++) {
      const uses = xattrs.uses[set]!;
      if (uses === 0) continue;
      const { block, ownInode } = this.#layout(set);
      if (block.length === 0) continue;
      const count = Math.ceil(uses / MAX_BLOCK_USES);
      const valueInos = new Map<StoredXattr, number>();
      for (const xattr of ownInode) valueInos.set(xattr, this.#writeValue(xattr.value, count));
      const first = this.#allocate(count);
      for (let index = 0; index < count; index++) {
        const offset = this.#block(first + index);
        writeXattrBlock(
          block,
          Math.min(uses - index * MAX_BLOCK_USES, MAX_BLOCK_USES),
          (xattr) => valueInos.get(xattr) ?? 0,
          this.#seed,
          output.bytes,
          output.view,
          offset,
        );
        if (this.#image.hasChecksums) this.#writeXattrChecksum(first + index, offset);
      }
      xattrs.block[set] = first;
      // From here on: how many inodes have been given the block.
      xattrs.uses[set] = 0;
      await output.ready();
    }
  }

  #writeXattrChecksum(block: number, offset: number): void {
    const { view } = this.#image.output;
    let crc = crc32cOfNumber(this.#seed, block % 2 ** 32);
    crc = crc32cOfNumber(crc, Math.floor(block / 2 ** 32));
    // The field for the checksum still counts as zeros.
    crc = crc32c(crc, view, offset, offset + BLOCK_SIZE);
    view.setUint32(offset + 0x10, crc, true);
  }

  #layout(set: number): XattrLayout {
    const known = this.#layouts.get(set);
    if (known !== undefined) return known;
    // Every set was laid out when it was added.
    const layout = layoutXattrs(this.#image.tree.xattrs.xattrs(set))!;
    if (this.#layouts.size >= MAX_LAYOUTS) this.#layouts.clear();
    this.#layouts.set(set, layout);
    return layout;
  }

  #writeValue(value: Uint8Array, uses: number): number {
    const { tree: { inodes }, output, time } = this.#image;
    const count = Math.ceil(value.length / BLOCK_SIZE);
    const start = this.#allocate(count);
    output.seek(start * BLOCK_SIZE);
    output.write(value);
    output.zeros(count * BLOCK_SIZE - value.length);
    const inode = inodes.add();
    inodes.mode[inode] = S_IFREG | 0o600;
    inodes.flags[inode] = IS_VALUE;
    inodes.uid[inode] = 0;
    inodes.gid[inode] = 0;
    inodes.size[inode] = value.length;
    inodes.start[inode] = start;
    inodes.count[inode] = count;
    // The checksum of the value is in place of a time, and the number of users in place of another.
    const checksum = { low: valueChecksum(value, this.#seed), extra: 0 };
    inodes.setTimes(inode, time, checksum, { low: 0, extra: 0 });
    this.#valueUses.set(inode, uses);
    return inodeNumber(inode);
  }

  /** Makes and writes the extent trees of all that does not have one short run. */
  async #writeTrees(): Promise<void> {
    const { tree, output } = this.#image;
    const { inodes } = tree;
    for (let inode = 0; inode < inodes.length; inode++) {
      const type = inodes.mode[inode]! & S_IFMT;
      if (type !== S_IFREG && type !== S_IFDIR) continue;
      const hasRuns = (inodes.flags[inode]! & HAS_RUNS) !== 0;
      if (!hasRuns && inodes.count[inode]! <= MAX_SHORT_RUN) continue;
      const extents = layoutExtents(this.#runsOf(inode), () => this.#allocate(1));
      this.#trees.set(inode, extents);
      this.#writeTree(inodeNumber(inode), extents);
      await output.ready();
    }
  }

  *#runsOf(inode: number): Generator<Run> {
    const { tree: { inodes, runs } } = this.#image;
    const start = inodes.start[inode]!;
    const count = inodes.count[inode]!;
    if ((inodes.flags[inode]! & HAS_RUNS) === 0) {
      yield { logical: 0, physical: start, length: count };
      return;
    }
    for (let index = 3 * start; index < 3 * (start + count); index += 3) {
      yield { logical: runs[index]!, physical: runs[index + 1]!, length: runs[index + 2]! };
    }
  }

  #writeTree(ino: number, { blocks }: ExtentTree): void {
    const { output, hasChecksums } = this.#image;
    for (const { block, write } of blocks) {
      const offset = this.#block(block);
      const { view } = output;
      write(view, offset);
      if (!hasChecksums) continue;
      const end = offset + EXTENT_CHECKSUM_OFFSET;
      view.setUint32(end, crc32c(this.#inodeSeed(ino), view, offset, end), true);
    }
  }

  /** Divides the filesystem, now that it is known what goes into it. */
  #geometry(): Geometry {
    const { size, allocator, tree, descriptorsEnd, path } = this.#image;
    const inodes = tree.inodes.length + LAST_RESERVED_INO;
    if ("blocks" in size) {
      const geometry = divide(size.blocks, inodes);
      if (geometry === undefined) throw filesystemFull(path, "inodes");
      return geometry;
    }
    const content = allocator.end - allocator.free - descriptorsEnd + 1;
    for (let blocks = allocator.end;;) {
      const geometry = divide(blocks, inodes);
      if (geometry === undefined) {
        blocks += BLOCKS_PER_GROUP;
        continue;
      }
      const { groups, descriptorBlocks } = geometry;
      const tables = groups * blocksOfGroup(geometry);
      const wanted = Math.max(
        content + descriptorBlocks + tables + size.freeBlocks,
        allocator.end + tables,
      );
      if (wanted <= blocks) return geometry;
      blocks = wanted;
    }
  }

  /** Writes the inode tables, and gives the journal's inode. */
  async #writeInodes(
    geometry: Geometry,
    places: GroupPlaces,
  ): Promise<DataView<ArrayBuffer> | undefined> {
    const { output, tree: { inodes } } = this.#image;
    const { inodesPerGroup, tableBlocks } = geometry;
    const last = inodes.length + LAST_RESERVED_INO - 1;
    let journal: DataView<ArrayBuffer> | undefined;
    for (let group = 0; group < places.used; group++) {
      const { inodeTable, isReused } = places.of(group);
      const first = group * inodesPerGroup + 1;
      output.seek(inodeTable * BLOCK_SIZE);
      let written = 0;
      for (let ino = first; ino < first + inodesPerGroup && ino <= last; ino++) {
        const offset = output.take(INODE_SIZE);
        written++;
        if (ino === JOURNAL_INO && this.#journalTree !== undefined) {
          this.#writeJournalInode(this.#journalTree, offset);
          journal = new DataView(output.bytes.slice(offset, offset + INODE_SIZE).buffer);
        }
        const inode = ino === 2 ? ROOT : ino - LAST_RESERVED_INO;
        if (ino !== 2 && ino <= LAST_RESERVED_INO) continue;
        if (inodes.mode[inode] !== 0) this.#writeInode(inode, ino, offset);
        if ((written & 8191) === 0) await output.ready();
      }
      const size = isReused ? tableBlocks * INODES_PER_BLOCK : Math.ceil(written / 16) * 16;
      output.zeros((size - written) * INODE_SIZE);
      await output.ready();
    }
    return journal;
  }

  #writeInode(inode: number, ino: number, offset: number): void {
    const { tree: { inodes, entries, xattrs }, output, hasChecksums, time } = this.#image;
    const { view, bytes } = output;
    const mode = inodes.mode[inode]!;
    const type = mode & S_IFMT;
    const size = inodes.size[inode]!;
    const own = inodes.flags[inode]!;
    const nlink = inodes.nlink[inode]!;
    const start = inodes.start[inode]!;
    let blocks = 0;
    let flags = 0;
    const i_block = offset + 0x28;
    if (type === S_IFREG || type === S_IFDIR || (type === S_IFLNK && size > MAX_FAST_TARGET)) {
      flags |= EXT4_EXTENTS_FL;
      const extents = this.#trees.get(inode);
      if (extents === undefined) {
        blocks = inodes.count[inode]!;
        writeShortRoot(start, blocks, view, i_block);
      } else {
        blocks = extents.blocks.length;
        for (const { length } of this.#runsOf(inode)) blocks += length;
        extents.writeRoot(view, i_block);
      }
    } else if (type === S_IFLNK) {
      for (let byte = 0; byte < size; byte++) {
        bytes[i_block + byte] = entries.names.bytes[start + byte]!;
      }
    } else if (type === S_IFCHR || type === S_IFBLK) {
      view.setUint32(start < 0x10000 ? i_block : i_block + 4, start, true);
    }
    if ((own & IS_INDEXED) !== 0) flags |= EXT4_INDEX_FL;
    if ((own & IS_VALUE) !== 0) {
      flags |= EXT4_EA_INODE_FL;
      // In place of i_version.
      view.setUint32(offset + 0x24, this.#valueUses.get(inode)!, true);
    }
    const set = inodes.xattrs[inode]!;
    if (set !== 0) {
      const layout = this.#layout(set);
      writeXattrBody(layout.body, bytes, view, offset + BODY_OFFSET);
      if (layout.block.length > 0) {
        const block = xattrs.block[set]! + Math.floor(xattrs.uses[set]!++ / MAX_BLOCK_USES);
        view.setUint32(offset + 0x68, block % 2 ** 32, true);
        view.setUint16(offset + 0x76, Math.floor(block / 2 ** 32), true);
        blocks++;
        // The inode answers for the blocks of the values too.
        for (const { value } of layout.ownInode) blocks += Math.ceil(value.length / BLOCK_SIZE);
      }
    }
    const uid = inodes.uid[inode]!;
    const gid = inodes.gid[inode]!;
    const sectors = blocks * (BLOCK_SIZE / 512);
    view.setUint16(offset, mode, true);
    view.setUint16(offset + 0x2, uid, true);
    view.setUint32(offset + 0x4, size % 2 ** 32, true);
    view.setUint16(offset + 0x18, gid, true);
    view.setUint16(offset + 0x1a, type === S_IFDIR && nlink > MAX_LINKS ? 1 : nlink, true);
    view.setUint32(offset + 0x1c, sectors % 2 ** 32, true);
    view.setUint32(offset + 0x20, flags, true);
    view.setUint32(offset + 0x6c, Math.floor(size / 2 ** 32), true);
    view.setUint16(offset + 0x74, Math.floor(sectors / 2 ** 32), true);
    view.setUint16(offset + 0x78, uid >>> 16, true);
    view.setUint16(offset + 0x7a, gid >>> 16, true);
    view.setUint16(offset + 0x80, EXTRA_ISIZE, true);
    const { mtime, atime = mtime, ctime, usualCtime } = inodes;
    const at = 2 * inode;
    view.setUint32(offset + 0x8, atime[at]!, true);
    view.setUint32(offset + 0x8c, atime[at + 1]!, true);
    view.setUint32(offset + 0xc, ctime?.[at] ?? usualCtime.low, true);
    view.setUint32(offset + 0x84, ctime?.[at + 1] ?? usualCtime.extra, true);
    view.setUint32(offset + 0x10, mtime[at]!, true);
    view.setUint32(offset + 0x88, mtime[at + 1]!, true);
    view.setUint32(offset + 0x90, time.low, true);
    view.setUint32(offset + 0x94, time.extra, true);
    if (hasChecksums) this.#writeInodeChecksum(ino, offset);
  }

  #writeJournalInode(extents: ExtentTree, offset: number): void {
    const { output: { view }, journalBlocks, hasChecksums, time } = this.#image;
    const size = journalBlocks * BLOCK_SIZE;
    const sectors = (journalBlocks + extents.blocks.length) * (BLOCK_SIZE / 512);
    view.setUint16(offset, S_IFREG | 0o600, true);
    view.setUint32(offset + 0x4, size % 2 ** 32, true);
    view.setUint16(offset + 0x1a, 1, true);
    view.setUint32(offset + 0x1c, sectors, true);
    view.setUint32(offset + 0x20, EXT4_EXTENTS_FL, true);
    extents.writeRoot(view, offset + 0x28);
    view.setUint32(offset + 0x6c, Math.floor(size / 2 ** 32), true);
    view.setUint16(offset + 0x80, EXTRA_ISIZE, true);
    for (const at of [0x8, 0xc, 0x10, 0x90]) view.setUint32(offset + at, time.low, true);
    for (const at of [0x84, 0x88, 0x8c, 0x94]) view.setUint32(offset + at, time.extra, true);
    if (hasChecksums) this.#writeInodeChecksum(JOURNAL_INO, offset);
  }

  #writeInodeChecksum(ino: number, offset: number): void {
    const { view } = this.#image.output;
    const crc = crc32c(this.#inodeSeed(ino), view, offset, offset + INODE_SIZE);
    view.setUint16(offset + 0x7c, crc, true);
    view.setUint16(offset + 0x82, crc >>> 16, true);
  }
}

const LOST_AND_FOUND_NAME = new TextEncoder().encode("lost+found");

/** Adds the folder `lost+found`, which has an inode of its own kept for it, if the root has no such name. */
export function addLostAndFound(tree: FileTree): void {
  const { inodes, entries } = tree;
  if (entries.find(ROOT, LOST_AND_FOUND_NAME) !== NONE) return;
  if (inodes.length === LOST_AND_FOUND) inodes.add();
  inodes.mode[LOST_AND_FOUND] = S_IFDIR | 0o700;
  inodes.uid[LOST_AND_FOUND] = 0;
  inodes.gid[LOST_AND_FOUND] = 0;
  inodes.xattrs[LOST_AND_FOUND] = 0;
  inodes.setTimes(LOST_AND_FOUND, inodes.usualCtime, undefined, undefined);
  tree.addFolder(ROOT, LOST_AND_FOUND_NAME, LOST_AND_FOUND);
}

function* withLogical(runs: readonly FreeRun[]): Generator<Run> {
  let logical = 0;
  for (const { start, length } of runs) {
    yield { logical, physical: start, length };
    logical += length;
  }
}

function* blocksOf(runs: readonly FreeRun[]): Generator<number, undefined> {
  for (const { start, length } of runs) {
    for (let block = start; block < start + length; block++) yield block;
  }
}

/** `start` is the place of `limit` in the output; `offset` that of the block. */
function writeIndexChecksum(
  seed: number,
  view: DataView<ArrayBuffer>,
  offset: number,
  start: number,
): void {
  const limit = view.getUint16(start, true);
  const count = view.getUint16(start + 2, true);
  const tail = start + 8 * limit;
  let crc = crc32c(seed, view, offset, start + 8 * count);
  // A reserved word, and the field for the checksum.
  crc = crc32c(crc, view, tail, tail + 8);
  view.setUint32(tail + 4, crc, true);
}
