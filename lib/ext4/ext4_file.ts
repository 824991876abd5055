import { asyncIterable } from "./async_iterable.ts";
import { contentChunks, contentRanges } from "./content.ts";
import type { ByteRange, DataRange } from "./content.ts";
import { Corrupt } from "./corrupt.ts";
import type { DirEntry } from "./dir_entry.ts";
import { directoryEntries } from "./directory.ts";
import type { RawEntry } from "./directory_block.ts";
import type { FileInfo } from "./file_info.ts";
import type { Inode } from "./inode.ts";
import type { InodeTable } from "./inode_table.ts";
import { linkTarget } from "./link_target.ts";
import { decodeName, isNamePossible } from "./name.ts";
import type { Volume } from "./volume.ts";
import { readXattrs } from "./xattrs.ts";

/** The largest file that is read into memory whole. */
const LARGEST_WHOLE = 2 ** 31;

/** Up to this size a file is read into memory whole however much of it is holes. */
const LARGEST_SPARSE = 64 * 1024 * 1024;

/** How much the fast form of reading reads at once: what fits into a processor's cache is the fastest. */
const READ_SIZE = 512 * 1024;

/** How much a stream hands out at once. */
const STREAM_SIZE = 128 * 1024;

const TYPE_UNKNOWN = 0;
const TYPE_FILE = 1;
const TYPE_DIRECTORY = 2;
const TYPE_SYMLINK = 7;

/**
 * One file, folder or link of an {@linkcode Ext4}, found once and then used as often as wanted.
 *
 * {@linkcode Ext4.openFile} and {@linkcode Ext4.openInode} make one. It needs no closing; it lives as long as the
 * filesystem is open.
 */
export class Ext4File {
  /** What the filesystem knows of it besides its content. */
  readonly info: FileInfo;
  readonly #volume: Volume;
  readonly #inodes: InodeTable;
  readonly #inode: Inode;

  /**
   * Puts a file together; {@linkcode Ext4} does that.
   *
   * @param volume The filesystem's blocks.
   * @param inodes The filesystem's inodes.
   * @param inode The inode.
   */
  constructor(volume: Volume, inodes: InodeTable, inode: Inode) {
    this.info = inode.info;
    this.#volume = volume;
    this.#inodes = inodes;
    this.#inode = inode;
  }

  /**
   * The names in a folder, as {@linkcode Ext4.readDir} gives them.
   *
   * @returns The names.
   * @throws {Deno.errors.NotADirectory} Where it is no folder.
   */
  readDir(): AsyncIterable<DirEntry> {
    return asyncIterable(() => this.#entries());
  }

  /**
   * The whole content, as {@linkcode Ext4.readFile} gives it.
   *
   * @returns The bytes.
   * @throws {Deno.errors.NotSupported} Where the file is too large for that.
   */
  readFile(): Uint8Array<ArrayBuffer> {
    this.#checkFile();
    const { size, ino } = this.info;
    if (size > LARGEST_SPARSE) this.#checkSize();
    const content = new Uint8Array(size);
    let filled = 0;
    const rest = (remaining: number) => content.subarray(size - remaining);
    for (const chunk of contentChunks(this.#volume, this.#inode, {}, rest)) {
      if (chunk.buffer !== content.buffer) content.set(chunk, filled);
      filled += chunk.length;
    }
    if (filled !== size) throw new Corrupt("inode", "its content is cut off", { inode: ino });
    return content;
  }

  /**
   * The content in chunks, as {@linkcode Ext4.read} gives it.
   *
   * @param range The part that is wanted; the whole where absent.
   * @returns The chunks; each is valid until the next one is asked for.
   */
  read(range: ByteRange = {}): AsyncIterable<Uint8Array<ArrayBuffer>> {
    return asyncIterable(() => this.#chunks(range));
  }

  /**
   * The content as a stream, as {@linkcode Ext4.readable} gives it.
   *
   * @param range The part that is wanted; the whole where absent.
   * @returns The stream; each chunk has memory of its own.
   */
  readable(range: ByteRange = {}): ReadableStream<Uint8Array<ArrayBuffer>> {
    const memory = (remaining: number) => new Uint8Array(Math.min(remaining, STREAM_SIZE));
    this.#checkFile();
    const chunks = contentChunks(this.#volume, this.#inode, range, memory);
    return new ReadableStream({
      pull(controller) {
        const { value, done } = chunks.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
    }, { highWaterMark: 0 });
  }

  /**
   * Where the file has data, as {@linkcode Ext4.dataRanges} gives it.
   *
   * @returns The ranges in order.
   */
  dataRanges(): AsyncIterable<DataRange> {
    return asyncIterable(() => {
      this.#checkFile();
      return contentRanges(this.#volume, this.#inode);
    });
  }

  /**
   * Writes the content into a file, as {@linkcode Ext4.copyTo} does.
   *
   * @param file The file, open for writing.
   */
  async copyTo(file: Deno.FsFile): Promise<void> {
    await file.truncate(0);
    for await (const { offset, length } of this.dataRanges()) {
      await file.seek(offset, Deno.SeekMode.Start);
      for await (const chunk of this.read({ offset, length })) {
        let written = 0;
        while (written < chunk.length) written += await file.write(chunk.subarray(written));
      }
    }
    await file.truncate(this.info.size);
  }

  /**
   * The bytes of a symbolic link's target.
   *
   * @returns The target as it stands.
   * @throws {Deno.errors.InvalidData} Where it is no symbolic link.
   */
  readLink(): Uint8Array<ArrayBuffer> {
    if (!this.info.isSymlink) {
      throw new Deno.errors.InvalidData(
        `Cannot read the link of inode ${this.info.ino}: it is none`,
      );
    }
    return linkTarget(this.#volume, this.#inode);
  }

  /**
   * The extended attributes, as {@linkcode Ext4.xattrs} gives them.
   *
   * @returns The values by their full names.
   */
  xattrs(): Map<string, Uint8Array<ArrayBuffer>> {
    return readXattrs(this.#volume, this.#inodes, this.#inode);
  }

  *#entries(): Generator<DirEntry> {
    const { ino, isDirectory } = this.info;
    if (!isDirectory) {
      throw new Deno.errors.NotADirectory(`Cannot list inode ${ino}: it is not a folder`);
    }
    for (const entry of directoryEntries(this.#volume, this.#inode)) {
      if (!isNamePossible(entry)) {
        throw new Corrupt("directory", "a name has a slash in it, or nothing", { inode: ino });
      }
      const type = entry.file_type === TYPE_UNKNOWN ? this.#typeOf(entry) : entry.file_type;
      yield {
        ...decodeName(entry),
        ino: entry.inode,
        isFile: type === TYPE_FILE,
        isDirectory: type === TYPE_DIRECTORY,
        isSymlink: type === TYPE_SYMLINK,
      };
    }
  }

  /** The type as the inode has it. A name that leads to nothing has none: it is for `lstat` to say why. */
  #typeOf({ inode }: RawEntry): number {
    try {
      const { info } = this.#inodes.inode(inode);
      if (info.isFile) return TYPE_FILE;
      if (info.isDirectory) return TYPE_DIRECTORY;
      return info.isSymlink ? TYPE_SYMLINK : TYPE_UNKNOWN;
    } catch (error) {
      if (error instanceof Corrupt) return TYPE_UNKNOWN;
      throw error;
    }
  }

  #chunks(range: ByteRange): Generator<Uint8Array<ArrayBuffer>> {
    this.#checkFile();
    let memory: Uint8Array<ArrayBuffer> | undefined;
    return contentChunks(this.#volume, this.#inode, range, (remaining) => {
      memory ??= new Uint8Array(Math.min(remaining, READ_SIZE));
      return remaining < memory.length ? memory.subarray(0, remaining) : memory;
    });
  }

  #checkFile(): void {
    const { ino, isFile, isDirectory } = this.info;
    if (isDirectory) throw new Deno.errors.IsADirectory(`Cannot read inode ${ino}: it is a folder`);
    if (!isFile) {
      throw new Deno.errors.InvalidData(`Cannot read inode ${ino}: it is not a regular file`);
    }
  }

  /** Refuses to read a file whole that is too large, or large only by what it says of itself. */
  #checkSize(): void {
    const { size, ino } = this.info;
    let data = 0;
    if (size <= LARGEST_WHOLE) {
      for (const { length } of contentRanges(this.#volume, this.#inode)) data += length;
    }
    if (data < size / 2) {
      const why = size > LARGEST_WHOLE ? "more than 2 GiB" : "most of them holes";
      throw new Deno.errors.NotSupported(
        `Cannot read inode ${ino} whole: it has ${size} bytes, ${why}; use read() or readable()`,
      );
    }
  }
}
