import { SnapvmError } from "../../error/mod.ts";
import type { DataRange } from "../content/content.ts";
import type { DeviceNumber, Timespec } from "../inode/file_info.ts";
import { BlockAllocator } from "./block_allocator.ts";
import { BlockOutput, writeError } from "./block_output.ts";
import { setIfOther } from "./columns.ts";
import { NONE } from "./entry_table.ts";
import { FileContent } from "./file_content.ts";
import {
  FileTree,
  inodeNumber,
  ROOT,
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  S_IFSOCK,
} from "./file_tree.ts";
import { addLostAndFound, filesystemFull, ImageFinisher, MAX_LINKS } from "./finish_image.ts";
import { BLOCK_SIZE, blocksOfGroup, divide, usualJournalBlocks } from "./geometry.ts";
import { encodeTime, HAS_RUNS } from "./inode_columns.ts";
import { invalidEntry, type InvalidPart, showName } from "./invalid_entry.ts";
import { storedXattrs } from "./stored_xattrs.ts";
import { parseUuid } from "../volume/uuid.ts";
import type { UnfinishedImage } from "./unfinished_image.ts";
import type { Ext4EntryType, Ext4Metadata, Ext4WriterOptions } from "./writer_options.ts";

const TYPE_OF: ReadonlyMap<number, Ext4EntryType> = new Map([
  [S_IFREG, "file"],
  [S_IFDIR, "directory"],
  [S_IFLNK, "symlink"],
  [S_IFCHR, "character-device"],
  [S_IFBLK, "block-device"],
  [S_IFIFO, "fifo"],
  [S_IFSOCK, "socket"],
]);

const MODE_OF: Readonly<Record<Exclude<Ext4EntryType, "file" | "directory" | "symlink">, number>> =
  {
    "character-device": S_IFCHR,
    "block-device": S_IFBLK,
    "fifo": S_IFIFO,
    "socket": S_IFSOCK,
  };

const DEFAULT_SIZE = 512 * 2 ** 30;
/** Without a given size there is room for the descriptors of so many blocks: as many as 32 bits can number. */
const MAX_UNKNOWN_BLOCKS = 2 ** 32 - 1;
const MAX_BLOCKS = 2 ** 48;
const MIN_JOURNAL_BLOCKS = 1024;
const MAX_JOURNAL_BLOCKS = 10_240_000;
const MAX_NAME_LENGTH = 255;
/** A target and the zero after it fill a block at most. */
const MAX_TARGET_LENGTH = BLOCK_SIZE - 1;
/** The numbers of a file's blocks have 32 bits, and the last one is not used. */
const MAX_FILE_SIZE = (2 ** 32 - 1) * BLOCK_SIZE;
const MAX_ID = 2 ** 32 - 1;
const SLASH = 0x2f;
const DOT = 0x2e;

/** What {@linkcode Ext4Writer} does for entries; loaded when something is written. */
export class ImageWriter implements AsyncDisposable {
  /** The entry of the root folder. */
  readonly root: number = ROOT;
  readonly #path: string;
  readonly #file: Deno.FsFile;
  readonly #tree: FileTree;
  readonly #output: BlockOutput;
  readonly #content: FileContent;
  readonly #image: UnfinishedImage;
  /** When inodes are said to be made. */
  readonly time: Timespec;
  #isOpen = true;
  /** The file whose bytes are being written. */
  #current: { readonly folder: number; readonly name: Uint8Array } | undefined;

  private constructor(
    file: Deno.FsFile,
    image: UnfinishedImage,
    time: Timespec,
  ) {
    this.#file = file;
    this.#path = image.path;
    this.#tree = image.tree;
    this.#output = image.output;
    this.#content = new FileContent(image.allocator, image.output);
    this.#image = image;
    this.time = time;
  }

  /**
   * Starts a filesystem.
   *
   * @param path The file to write. What is in it is lost.
   * @param options What the filesystem is like.
   * @returns The writer. The file is complete only after {@linkcode finish}, and is the caller's to remove before.
   * @throws {RangeError} If an option cannot be.
   * @throws {SnapvmError} `filesystem-full` if the size is too small for anything; `disk-full` or `unwritable` if the
   * file cannot be written.
   */
  static async create(path: string, options: Ext4WriterOptions = {}): Promise<ImageWriter> {
    const time = toTimespec(options.time ?? new Date());
    const encoded = encodeTime(time);
    const tree = new FileTree(encoded);
    addLostAndFound(tree);
    const label = new TextEncoder().encode(options.label ?? "");
    if (label.length > 16) {
      throw new RangeError(`The label has ${label.length} bytes, not up to 16`);
    }
    const { blocks, journalBlocks, byteSize } = measure(options);
    const geometry = divide(blocks, 0)!;
    const descriptorsEnd = 1 + geometry.descriptorBlocks;
    const limit = byteSize === undefined
      ? blocks
      : blocks - geometry.groups * blocksOfGroup(geometry) - journalBlocks;
    if (limit <= descriptorsEnd) throw filesystemFull(path, "blocks");
    const allocator = new BlockAllocator(descriptorsEnd, limit);
    let file: Deno.FsFile | undefined;
    try {
      file = await Deno.open(path, { write: true, create: true, truncate: true });
      if (byteSize !== undefined) await file.truncate(byteSize);
    } catch (cause) {
      file?.close();
      throw writeError(path, cause);
    }
    return new ImageWriter(file, {
      path,
      tree,
      allocator,
      output: new BlockOutput(file, path),
      size: byteSize === undefined
        ? { freeBlocks: Math.ceil(options.headroom! / BLOCK_SIZE) }
        : { blocks },
      descriptorsEnd,
      journalBlocks,
      hasChecksums: options.checksums ?? false,
      uuid: parseUuid(options.uuid ?? crypto.randomUUID()),
      hashSeed: parseUuid(options.hashSeed ?? crypto.randomUUID()),
      label,
      time: { ...encoded, seconds: time.seconds },
    }, time);
  }

  /**
   * Finds a name in a folder.
   *
   * @param folder The folder's entry.
   * @param name The name's bytes.
   * @returns The entry, or undefined if there is none.
   */
  find(folder: number, name: Uint8Array): number | undefined {
    const entry = this.#tree.entries.find(folder, name);
    return entry === NONE ? undefined : entry;
  }

  /** What an entry is. */
  typeOf(entry: number): Ext4EntryType {
    return TYPE_OF.get(this.#tree.inodes.mode[this.#inodeOf(entry)]! & S_IFMT)!;
  }

  /** The name of an entry; that of the root is empty. */
  nameOf(entry: number): Uint8Array<ArrayBuffer> {
    this.#inodeOf(entry);
    return this.#tree.entries.name(entry).slice();
  }

  /** The number of the inode that an entry leads to. */
  inoOf(entry: number): number {
    return inodeNumber(this.#inodeOf(entry));
  }

  /** The target of a symbolic link. */
  linkTarget(entry: number): Uint8Array<ArrayBuffer> {
    const inode = this.#inodeOf(entry);
    const { inodes, entries } = this.#tree;
    if ((inodes.mode[inode]! & S_IFMT) !== S_IFLNK) {
      throw new TypeError("It is not a symbolic link");
    }
    const start = inodes.start[inode]!;
    return entries.names.bytes.slice(start, start + inodes.size[inode]!);
  }

  /**
   * The entries of a folder, in the order in which they were added. The one that was given last may be removed
   * meanwhile.
   */
  *entries(folder: number): Generator<number, void> {
    this.#folderOf(folder);
    for (let entry = this.#tree.firstOf(folder); entry !== NONE;) {
      const next = this.#tree.entries.next[entry]!;
      yield entry;
      entry = next;
    }
  }

  /** Adds a folder. */
  addFolder(folder: number, name: Uint8Array, metadata: Ext4Metadata): number {
    const inode = this.#addInode(folder, name, S_IFDIR, metadata);
    return this.#tree.addFolder(folder, name, inode);
  }

  /**
   * Adds a file. Its bytes are to follow by {@linkcode write} before anything else is added.
   *
   * @param folder The entry of the folder.
   * @param name The name.
   * @param metadata What the file has besides.
   * @param size The size in bytes, including holes.
   * @param dataRanges The ranges with data of a file with holes, in ascending order; by default all of it.
   * @returns The new entry.
   */
  addFile(
    folder: number,
    name: Uint8Array,
    metadata: Ext4Metadata,
    size: number,
    dataRanges?: readonly DataRange[],
  ): number {
    if (!Number.isSafeInteger(size) || size < 0 || size > MAX_FILE_SIZE) {
      throw this.#invalid(folder, name, "size", `a file cannot have ${size} bytes`);
    }
    this.#checkRanges(folder, name, size, dataRanges);
    const inode = this.#addInode(folder, name, S_IFREG, metadata);
    const { inodes } = this.#tree;
    inodes.size[inode] = size;
    const entry = this.#tree.link(folder, name, inode);
    try {
      if (size > 0) this.#begin(inode, size, dataRanges);
    } catch (error) {
      this.#tree.unlink(entry, () => {});
      throw error;
    }
    if (!this.#content.isComplete) this.#current = { folder, name: name.slice() };
    return entry;
  }

  /**
   * Takes the next bytes of the file that was added last. They are copied. Of a file with holes these are the bytes of
   * its ranges, one after the other.
   */
  write(bytes: Uint8Array): void {
    if (this.#content.write(bytes) > 0) {
      throw new RangeError("There are more bytes than the file has");
    }
  }

  /** Adds a symbolic link. */
  addSymlink(
    folder: number,
    name: Uint8Array,
    target: Uint8Array,
    metadata: Ext4Metadata,
  ): number {
    if (target.length === 0 || target.length > MAX_TARGET_LENGTH || target.includes(0)) {
      const why = target.length === 0
        ? "the target of a link cannot be empty"
        : target.length > MAX_TARGET_LENGTH
        ? `the target of a link cannot have ${target.length} bytes`
        : "the target of a link cannot have a zero byte";
      throw this.#invalid(folder, name, "target", why);
    }
    const inode = this.#addInode(folder, name, S_IFLNK, metadata);
    this.#tree.inodes.size[inode] = target.length;
    this.#tree.inodes.start[inode] = this.#tree.entries.names.add(target);
    return this.#tree.link(folder, name, inode);
  }

  /** Adds a device, a FIFO or a socket. */
  addSpecial(
    folder: number,
    name: Uint8Array,
    type: "character-device" | "block-device" | "fifo" | "socket",
    device: DeviceNumber | undefined,
    metadata: Ext4Metadata,
  ): number {
    const isDevice = type === "character-device" || type === "block-device";
    const { major, minor } = device ?? { major: 0, minor: 0 };
    if (isDevice && !(isBelow(major, 2 ** 12) && isBelow(minor, 2 ** 20))) {
      const why = `a device cannot have the number ${major}:${minor}`;
      throw this.#invalid(folder, name, "device", why);
    }
    const inode = this.#addInode(folder, name, MODE_OF[type], metadata);
    if (isDevice) {
      this.#tree.inodes.start[inode] = major < 256 && minor < 256
        ? major * 256 + minor
        : ((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)) >>> 0;
    }
    return this.#tree.link(folder, name, inode);
  }

  /** Adds one more name for something that is not a folder. */
  addLink(folder: number, name: Uint8Array, existing: number): number {
    const inode = this.#inodeOf(existing);
    const { inodes } = this.#tree;
    this.#checkName(folder, name);
    if (this.#tree.isFolder(existing)) {
      throw this.#invalid(folder, name, "links", "a folder cannot have two names");
    }
    if (inodes.nlink[inode]! >= MAX_LINKS) {
      throw this.#invalid(folder, name, "links", `a file cannot have more than ${MAX_LINKS} names`);
    }
    inodes.nlink[inode]!++;
    return this.#tree.link(folder, name, inode);
  }

  /** Gives an entry other metadata; all of it is replaced. */
  setMetadata(entry: number, metadata: Ext4Metadata): void {
    const inode = this.#inodeOf(entry);
    const { folder } = this.#tree.entries;
    const type = this.#tree.inodes.mode[inode]! & S_IFMT;
    const name = this.#tree.entries.name(entry);
    const { mode, xattrs } = this.#checkMetadata(folder[entry]!, name, type, metadata);
    this.#setMetadata(inode, mode, xattrs, metadata);
  }

  /**
   * Removes a name, and a folder with everything in it. What has no name left is gone, and its space used again.
   */
  remove(entry: number): void {
    this.#checkComplete();
    this.#inodeOf(entry);
    if (entry === ROOT) throw new TypeError("The root cannot be removed");
    this.#tree.unlink(entry, (inode) => this.#release(inode));
  }

  /** A promise to wait for when others should have their turn. */
  ready(): Promise<void> | undefined {
    return this.#output.ready();
  }

  /**
   * Writes everything that is missing, and closes the file. It is not `fsync`ed.
   *
   * @returns The size of the filesystem in bytes.
   * @throws {SnapvmError} `filesystem-full` if there is no room; `disk-full` or `unwritable` if the file cannot be
   * written; `invalid-entry` if the last file does not have all its bytes.
   */
  async finish(): Promise<number> {
    this.#checkComplete();
    this.#requireOpen();
    try {
      const blocks = await new ImageFinisher(this.#image).finish();
      let size = blocks * BLOCK_SIZE;
      if ("blocks" in this.#image.size) {
        size = (await this.#file.stat()).size;
      } else {
        await this.#file.truncate(size);
      }
      return size;
    } catch (error) {
      if (error instanceof SnapvmError) throw error;
      throw writeError(this.#path, error);
    } finally {
      await this[Symbol.asyncDispose]();
    }
  }

  /** Closes the file. Without {@linkcode finish} before, it is no filesystem. */
  [Symbol.asyncDispose](): Promise<void> {
    if (this.#isOpen) this.#file.close();
    this.#isOpen = false;
    return Promise.resolve();
  }

  #requireOpen(): void {
    if (!this.#isOpen) throw new TypeError("The filesystem is finished");
  }

  #inodeOf(entry: number): number {
    if (!this.#tree.has(entry)) throw new TypeError(`There is no entry ${entry}`);
    return this.#tree.entries.inode[entry]!;
  }

  #folderOf(entry: number): number {
    const inode = this.#inodeOf(entry);
    if (!this.#tree.isFolder(entry)) throw new TypeError(`Entry ${entry} is not a folder`);
    return inode;
  }

  #invalid(
    folder: number,
    name: Uint8Array,
    part: InvalidPart,
    why: string,
  ): SnapvmError<"invalid-entry"> {
    const { entries } = this.#tree;
    const names = [showName(name)];
    for (let at = folder; at !== ROOT && at !== NONE; at = entries.folder[at]!) {
      names.unshift(showName(entries.name(at)));
    }
    return invalidEntry(`/${names.join("/")}`, part, why);
  }

  #checkName(folder: number, name: Uint8Array): void {
    this.#requireOpen();
    this.#checkComplete();
    this.#folderOf(folder);
    const isDots = name.length > 0 && name.length <= 2 && name.every((byte) => byte === DOT);
    if (name.length === 0 || isDots || name.includes(SLASH) || name.includes(0)) {
      throw this.#invalid(folder, name, "name", "a file cannot have this name");
    }
    if (name.length > MAX_NAME_LENGTH) {
      throw this.#invalid(folder, name, "name", `a name cannot have ${name.length} bytes`);
    }
    if (this.#tree.entries.find(folder, name) !== NONE) {
      throw this.#invalid(folder, name, "name", "the name is already there");
    }
  }

  #checkComplete(): void {
    if (this.#content.isComplete) return;
    const { folder, name } = this.#current!;
    throw this.#invalid(folder, name, "content", "it does not have all its bytes");
  }

  #addInode(folder: number, name: Uint8Array, type: number, metadata: Ext4Metadata): number {
    this.#checkName(folder, name);
    const { mode, xattrs } = this.#checkMetadata(folder, name, type, metadata);
    const { inodes } = this.#tree;
    const inode = inodes.add();
    this.#setMetadata(inode, mode, xattrs, metadata);
    return inode;
  }

  /** Checks metadata, and says what mode and which set of attributes they make. */
  #checkMetadata(
    folder: number,
    name: Uint8Array,
    type: number,
    metadata: Ext4Metadata,
  ): { mode: number; xattrs: number } {
    const { uid, gid, mode } = metadata;
    if (!isBelow(uid, MAX_ID) || !isBelow(gid, MAX_ID)) {
      throw this.#invalid(folder, name, "owner", `it cannot belong to ${uid}:${gid}`);
    }
    if (!isBelow(mode, 0o10000)) {
      throw this.#invalid(folder, name, "mode", `it cannot have the mode 0${mode.toString(8)}`);
    }
    if (metadata.xattrs === undefined || metadata.xattrs.size === 0) {
      return { mode: type | mode, xattrs: 0 };
    }
    const stored = storedXattrs(metadata.xattrs, type);
    if ("why" in stored) throw this.#invalid(folder, name, stored.part, stored.why);
    return {
      mode: type | (stored.permissions === undefined ? mode : (mode & ~0o777) | stored.permissions),
      xattrs: this.#tree.xattrs.add(stored.xattrs),
    };
  }

  #setMetadata(inode: number, mode: number, xattrs: number, metadata: Ext4Metadata): void {
    const { inodes } = this.#tree;
    inodes.mode[inode] = mode;
    setIfOther(inodes.uid, inode, metadata.uid);
    setIfOther(inodes.gid, inode, metadata.gid);
    setIfOther(inodes.xattrs, inode, xattrs);
    const { mtime, atime, ctime } = metadata;
    inodes.setTimes(
      inode,
      encodeTime(mtime),
      atime && encodeTime(atime),
      ctime && encodeTime(ctime),
    );
  }

  #checkRanges(
    folder: number,
    name: Uint8Array,
    size: number,
    dataRanges: readonly DataRange[] | undefined,
  ): void {
    let end = 0;
    for (const { offset, length } of dataRanges ?? []) {
      const isRange = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && length >= 0;
      if (!isRange || offset < end || offset + length > size) {
        const why = `there cannot be ${length} bytes at ${offset} of a file of ${size}`;
        throw this.#invalid(folder, name, "size", why);
      }
      end = offset + length;
    }
  }

  /** Gives a new file its blocks. */
  #begin(inode: number, size: number, dataRanges: readonly DataRange[] | undefined): void {
    const tree = this.#tree;
    if (dataRanges === undefined) {
      const start = this.#content.beginWhole(size);
      if (start >= 0) {
        tree.inodes.start[inode] = start;
        tree.inodes.count[inode] = Math.ceil(size / BLOCK_SIZE);
        return;
      }
    }
    const runs = this.#content.begin(dataRanges ?? [{ offset: 0, length: size }]);
    if (runs === undefined) throw filesystemFull(this.#path, "blocks");
    if (runs.length === 0) return;
    tree.inodes.flags[inode] = HAS_RUNS;
    tree.inodes.start[inode] = tree.runCount;
    tree.inodes.count[inode] = runs.length;
    for (const { logical, physical, length } of runs) tree.addRun(logical, physical, length);
  }

  /** Gives the blocks of a file back. */
  #release(inode: number): void {
    const { inodes, runs } = this.#tree;
    const { allocator } = this.#image;
    if ((inodes.mode[inode]! & S_IFMT) !== S_IFREG) return;
    const start = inodes.start[inode]!;
    const count = inodes.count[inode]!;
    if ((inodes.flags[inode]! & HAS_RUNS) === 0) {
      allocator.give(start, count);
      return;
    }
    for (let index = 3 * start; index < 3 * (start + count); index += 3) {
      allocator.give(runs[index + 1]!, runs[index + 2]!);
    }
  }
}

/** The size of a new filesystem and its journal. `byteSize` is undefined if it is known only at the end. */
function measure(
  { size, headroom, journal }: Ext4WriterOptions,
): { blocks: number; journalBlocks: number; byteSize: number | undefined } {
  if (size !== undefined && headroom !== undefined) {
    throw new RangeError("There can be a size or a headroom, not both");
  }
  if (headroom !== undefined && !isBelow(headroom, MAX_UNKNOWN_BLOCKS * BLOCK_SIZE)) {
    throw new RangeError(`The headroom cannot be ${headroom} bytes`);
  }
  const byteSize = headroom === undefined ? size ?? DEFAULT_SIZE : undefined;
  if (byteSize !== undefined && !isBelow(byteSize, Math.min(MAX_BLOCKS * BLOCK_SIZE, 2 ** 53))) {
    throw new RangeError(`The size cannot be ${byteSize} bytes`);
  }
  const blocks = byteSize === undefined ? MAX_UNKNOWN_BLOCKS : Math.floor(byteSize / BLOCK_SIZE);
  if (blocks === 0) throw new RangeError(`The size cannot be ${byteSize} bytes`);
  let journalBlocks = 0;
  if (typeof journal === "number") {
    journalBlocks = Math.floor(journal / BLOCK_SIZE);
    if (!(journalBlocks >= MIN_JOURNAL_BLOCKS && journalBlocks <= MAX_JOURNAL_BLOCKS)) {
      throw new RangeError(`The journal cannot have ${journal} bytes`);
    }
  } else if (journal === true) {
    journalBlocks = byteSize === undefined
      ? Math.max(usualJournalBlocks(headroom! / BLOCK_SIZE), 4096)
      : usualJournalBlocks(blocks);
    if (journalBlocks === 0) throw new RangeError("The filesystem is too small for a journal");
  }
  return { blocks, journalBlocks, byteSize };
}

function isBelow(value: number, end: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < end;
}

function toTimespec(time: Date | Timespec): Timespec {
  if (!(time instanceof Date)) return time;
  const milliseconds = time.getTime();
  const seconds = Math.floor(milliseconds / 1000);
  return { seconds, nanoseconds: (milliseconds - seconds * 1000) * 1_000_000 };
}
