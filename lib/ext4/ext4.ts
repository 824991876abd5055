import { SnapvmError } from "../error/mod.ts";
import { asyncIterable } from "./content/async_iterable.ts";
import type { BlockSource } from "./volume/block_source.ts";
import { contentRanges } from "./content/content.ts";
import type { ByteRange, DataRange } from "./content/content.ts";
import { Corrupt } from "./volume/corrupt.ts";
import { decodeText } from "./volume/decode_text.ts";
import type { DirEntry, ReadDirOptions } from "./directory/dir_entry.ts";
import { listFolder } from "./directory/dir_entry.ts";
import { belongsTo, FileInfo } from "./inode/file_info.ts";
import { FileSource } from "./volume/file_source.ts";
import type { Inode } from "./inode/inode.ts";
import { InodeTable } from "./inode/inode_table.ts";
import { replayJournal } from "./journal/journal.ts";
import { linkTarget } from "./content/link_target.ts";
import { showPath } from "./tree/path.ts";
import type { Ext4Path } from "./tree/path.ts";
import { copyContent, readChunks, readStream, readWhole } from "./content/read_file.ts";
import { resolvePath, ROOT_INO } from "./tree/resolve.ts";
import { parseSuperblock, SUPERBLOCK_OFFSET, SUPERBLOCK_SIZE } from "./volume/superblock.ts";
import type { Superblock } from "./volume/superblock.ts";
import { Volume } from "./volume/volume.ts";
import { walkTree } from "./tree/walk.ts";
import type { WalkOptions } from "./tree/walk.ts";
import type { WalkEntry } from "./tree/walk_entry.ts";
import { WalkedName } from "./tree/walked_name.ts";
import { readXattrs } from "./attributes/xattrs.ts";
import type { XattrOptions } from "./attributes/xattrs.ts";

/**
 * An ext2, ext3 or ext4 filesystem, read only, in the manner of `Deno.*`.
 *
 * Paths are those of the filesystem: they start at its root, with or without `/`, and never leave it. `..` above the
 * root stays there, the target of a link that begins with `/` starts there, and a path leads through at most 40 links.
 * A method that takes a path also takes a file that was found before ({@linkcode FileInfo}, from `stat`, `lstat` and
 * `walk`): then nothing is looked up again, and no link is followed. The file must come from the same `Ext4`: from any
 * other one, even of the same image, it is refused with a {@linkcode SnapvmError} of code `foreign-file`.
 *
 * If a filesystem was not unmounted, its journal is replayed in memory first. Everything that has a checksum is
 * verified when it is read.
 *
 * Besides the errors listed for each method, all of them throw {@linkcode Corrupt} if the filesystem is wrong,
 * {@linkcode Incompatible} if it uses something unknown, and `Deno.errors` if the image cannot be read.
 *
 * @example
 * ```ts
 * import { Ext4 } from "@x/snapvm/ext4";
 * import assert from "node:assert/strict";
 *
 * using filesystem = await Ext4.open("tests/fixtures/tiny.ext4");
 * assert.match(await filesystem.readTextFile("/etc/os-release"), /^ID=tiny$/m);
 * ```
 */
export class Ext4 implements Disposable {
  readonly #volume: Volume;
  readonly #inodes: InodeTable;

  private constructor(volume: Volume, inodes: InodeTable) {
    this.#volume = volume;
    this.#inodes = inodes;
  }

  /**
   * Opens a filesystem. Nothing is ever written to it.
   *
   * @param source The path of the image or block device, or its bytes, which are closed with the filesystem.
   * @returns The filesystem; close it in the end.
   * @throws {Corrupt} If it is not such a filesystem, or damaged.
   * @throws {Incompatible} If it uses a feature that is not supported.
   * @throws {Deno.errors.NotFound} If there is no such file. Opening it can fail in other ways too.
   *
   * @example
   * ```ts
   * import { Ext4 } from "@x/snapvm/ext4";
   *
   * using filesystem = await Ext4.open("tests/fixtures/tiny.ext4");
   * console.log(filesystem.superblock.s_volume_name);
   * ```
   */
  // deno-lint-ignore require-await
  static async open(source: string | URL | BlockSource): Promise<Ext4> {
    const isPath = typeof source === "string" || source instanceof URL;
    const opened = isPath ? new FileSource(source) : source;
    try {
      const bytes = new Uint8Array(SUPERBLOCK_SIZE);
      if (opened.readAt(bytes, SUPERBLOCK_OFFSET) < SUPERBLOCK_SIZE) {
        throw new Corrupt("image", `it has only ${opened.size} bytes`);
      }
      const volume = new Volume(opened, parseSuperblock(bytes));
      const overlay = replayJournal(volume, new InodeTable(volume));
      if (overlay !== null) volume.replay(overlay);
      const inodes = new InodeTable(volume);
      if (!inodes.inode(ROOT_INO).info.isDirectory) {
        throw new Corrupt("inode", "the root is not a folder", { inode: ROOT_INO });
      }
      return new Ext4(volume, inodes);
    } catch (error) {
      opened.close();
      throw error;
    }
  }

  /**
   * The superblock's fields as they are after the journal was replayed, except `needs_recovery`.
   *
   * @example
   * ```ts
   * import { Ext4 } from "@x/snapvm/ext4";
   * import assert from "node:assert/strict";
   *
   * using filesystem = await Ext4.open("tests/fixtures/tiny.ext4");
   * assert.equal(filesystem.superblock.blockSize, 1024);
   * ```
   */
  get superblock(): Superblock {
    return this.#volume.superblock;
  }

  /**
   * All that the filesystem knows about a file except its content. A link at the end of the path is followed.
   *
   * @param path The path.
   * @returns Its type, size, owner, times and so on.
   * @throws {Deno.errors.NotFound} If there is no such path.
   *
   * @example
   * ```ts
   * import { Ext4 } from "@x/snapvm/ext4";
   * import assert from "node:assert/strict";
   *
   * using filesystem = await Ext4.open("tests/fixtures/tiny.ext4");
   * const info = await filesystem.stat("/etc");
   * assert(info.isDirectory);
   * ```
   */
  // deno-lint-ignore require-await
  async stat(path: Ext4Path): Promise<FileInfo> {
    return this.#find(path).info;
  }

  /**
   * All that the filesystem knows about a file except its content. A link at the end of the path is not followed.
   *
   * @param path The path.
   * @returns Its type, size, owner, times and so on.
   * @throws {Deno.errors.NotFound} If there is no such path.
   *
   * @example
   * ```ts
   * import { Ext4 } from "@x/snapvm/ext4";
   * import assert from "node:assert/strict";
   *
   * using filesystem = await Ext4.open("tests/fixtures/tiny.ext4");
   * const info = await filesystem.lstat("/etc/os-release");
   * assert(info.isSymlink);
   * ```
   */
  // deno-lint-ignore require-await
  async lstat(path: Ext4Path): Promise<FileInfo> {
    return this.#find(path, false).info;
  }

  /**
   * Whether a path leads to something. A link that leads nowhere does not exist.
   *
   * @param path The path.
   * @returns Whether it does.
   *
   * @example
   * ```ts
   * import { Ext4 } from "@x/snapvm/ext4";
   * import assert from "node:assert/strict";
   *
   * using filesystem = await Ext4.open("tests/fixtures/tiny.ext4");
   * assert(await filesystem.exists("/etc/hostname"));
   * assert(!await filesystem.exists("/etc/shadow"));
   * ```
   */
  // deno-lint-ignore require-await
  async exists(path: Ext4Path): Promise<boolean> {
    try {
      this.#find(path);
      return true;
    } catch (error) {
      const { NotFound, NotADirectory, FilesystemLoop } = Deno.errors;
      const isAbsent = error instanceof NotFound || error instanceof NotADirectory ||
        error instanceof FilesystemLoop;
      if (isAbsent) return false;
      throw error;
    }
  }

  /**
   * The names in a folder, in the order on the disk.
   *
   * Types are those that the folder says. If it does not say them, an entry that leads to a damaged inode has no type.
   *
   * @param path The folder.
   * @param options Which names. Default: all but `.` and `..`.
   * @returns The names.
   * @throws {Deno.errors.NotFound} If there is no such path.
   * @throws {Deno.errors.NotADirectory} If it is not a folder.
   *
   * @example
   * ```ts
   * import { Ext4 } from "@x/snapvm/ext4";
   *
   * using filesystem = await Ext4.open("tests/fixtures/tiny.ext4");
   * for await (const entry of filesystem.readDir("/etc")) console.log(entry.name);
   * ```
   */
  readDir(path: Ext4Path, options: ReadDirOptions = {}): AsyncIterable<DirEntry> {
    return asyncIterable(() =>
      listFolder(this.#volume, this.#inodes, this.#folder(path), options.dots)
    );
  }

  /**
   * The whole content of a file that fits into memory: at most 2 GiB, and above 64 MiB at least half of it data. Use
   * {@linkcode read} or {@linkcode readable} for others.
   *
   * @param path The file.
   * @returns The bytes.
   * @throws {Deno.errors.NotFound} If there is no such path.
   * @throws {Deno.errors.IsADirectory} If it is a folder.
   * @throws {Deno.errors.InvalidData} If it is a device, pipe or socket.
   * @throws {Deno.errors.NotSupported} If it is too large.
   *
   * @example
   * ```ts
   * import { Ext4 } from "@x/snapvm/ext4";
   * import assert from "node:assert/strict";
   *
   * using filesystem = await Ext4.open("tests/fixtures/tiny.ext4");
   * const bytes = await filesystem.readFile("/etc/hostname");
   * assert.equal(bytes.length, (await filesystem.stat("/etc/hostname")).size);
   * ```
   */
  // deno-lint-ignore require-await
  async readFile(path: Ext4Path): Promise<Uint8Array<ArrayBuffer>> {
    return readWhole(this.#volume, this.#file(path), showPath(path));
  }

  /**
   * The whole content of a file as text. Bytes that are not UTF-8 are U+FFFD.
   *
   * @param path The file.
   * @returns The text.
   * @throws {Deno.errors} What {@linkcode readFile} throws.
   *
   * @example
   * ```ts
   * import { Ext4 } from "@x/snapvm/ext4";
   * import assert from "node:assert/strict";
   *
   * using filesystem = await Ext4.open("tests/fixtures/tiny.ext4");
   * assert.equal(await filesystem.readTextFile("/etc/hostname"), "tiny\n");
   * ```
   */
  async readTextFile(path: Ext4Path): Promise<string> {
    return decodeText(await this.readFile(path));
  }

  /**
   * The target of a symbolic link, unchanged.
   *
   * @param path The link.
   * @returns The target; bytes that are not UTF-8 are U+FFFD.
   * @throws {Deno.errors.NotFound} If there is no such path.
   * @throws {Deno.errors.InvalidData} If it is not a symbolic link.
   *
   * @example
   * ```ts
   * import { Ext4 } from "@x/snapvm/ext4";
   * import assert from "node:assert/strict";
   *
   * using filesystem = await Ext4.open("tests/fixtures/tiny.ext4");
   * assert.equal(await filesystem.readLink("/etc/os-release"), "../usr/lib/os-release");
   * ```
   */
  async readLink(path: Ext4Path): Promise<string> {
    return decodeText(await this.readLinkBytes(path));
  }

  /**
   * The bytes of a symbolic link's target.
   *
   * @param path The link.
   * @returns The bytes.
   * @throws {Deno.errors.NotFound} If there is no such path.
   * @throws {Deno.errors.InvalidData} If it is not a symbolic link.
   *
   * @example
   * ```ts
   * import { Ext4 } from "@x/snapvm/ext4";
   * import assert from "node:assert/strict";
   *
   * using filesystem = await Ext4.open("tests/fixtures/tiny.ext4");
   * const target = await filesystem.readLinkBytes("/etc/os-release");
   * assert.deepEqual(target, new TextEncoder().encode("../usr/lib/os-release"));
   * ```
   */
  // deno-lint-ignore require-await
  async readLinkBytes(path: Ext4Path): Promise<Uint8Array<ArrayBuffer>> {
    const inode = this.#find(path, false);
    if (!inode.info.isSymlink) {
      throw new Deno.errors.InvalidData(`Cannot read ${showPath(path)}: it is not a link`);
    }
    return linkTarget(this.#volume, inode);
  }

  /**
   * The content of a file in chunks: the fast way to read a large one. Holes are zeros.
   *
   * A chunk is valid until the next one is asked for, which takes its memory.
   *
   * @param path The file.
   * @param range The part to read. Default: the whole.
   * @returns The chunks in order.
   * @throws {Deno.errors} What {@linkcode readFile} throws, except for the size.
   *
   * @example
   * ```ts
   * import { Ext4 } from "@x/snapvm/ext4";
   * import { createHash } from "node:crypto";
   *
   * using filesystem = await Ext4.open("tests/fixtures/tiny.ext4");
   * const hash = createHash("sha256");
   * for await (const chunk of filesystem.read("/etc/os-release")) hash.update(chunk);
   * ```
   */
  read(path: Ext4Path, range: ByteRange = {}): AsyncIterable<Uint8Array<ArrayBuffer>> {
    return asyncIterable(() => readChunks(this.#volume, this.#file(path), range));
  }

  /**
   * The content of a file as a stream. Holes are zeros; each chunk has memory of its own.
   *
   * @param path The file.
   * @param range The part to read. Default: the whole.
   * @returns The stream; it fails with what {@linkcode read} throws.
   *
   * @example
   * ```ts
   * import { Ext4 } from "@x/snapvm/ext4";
   *
   * using filesystem = await Ext4.open("tests/fixtures/tiny.ext4");
   * const stream = filesystem.readable("/etc/os-release");
   * console.log(await new Response(stream).text());
   * ```
   */
  readable(path: Ext4Path, range: ByteRange = {}): ReadableStream<Uint8Array<ArrayBuffer>> {
    return readStream(this.#volume, () => this.#file(path), range);
  }

  /**
   * The parts of a file that hold data. Between them are holes, and blocks that were allocated but never written.
   *
   * @param path The file.
   * @returns The ranges in order; no two of them touch.
   * @throws {Deno.errors} What {@linkcode readFile} throws, except for the size.
   *
   * @example
   * ```ts
   * import { Ext4 } from "@x/snapvm/ext4";
   * import assert from "node:assert/strict";
   *
   * using filesystem = await Ext4.open("tests/fixtures/tiny.ext4");
   * const { size } = await filesystem.stat("/etc/hostname");
   * const ranges = await Array.fromAsync(filesystem.dataRanges("/etc/hostname"));
   * assert.deepEqual(ranges, [{ offset: 0, length: size }]);
   * ```
   */
  dataRanges(path: Ext4Path): AsyncIterable<DataRange> {
    return asyncIterable(() => contentRanges(this.#volume, this.#file(path)));
  }

  /**
   * Writes the content of a file into a file of this machine, replacing its content. Holes stay holes.
   *
   * @param path The file.
   * @param file The file to write, open for writing.
   * @throws {Deno.errors} What {@linkcode readFile} throws, except for the size; and what writing throws.
   *
   * @example
   * ```ts
   * import { Ext4 } from "@x/snapvm/ext4";
   * import assert from "node:assert/strict";
   *
   * using filesystem = await Ext4.open("tests/fixtures/tiny.ext4");
   * const path = await Deno.makeTempFile();
   * {
   *   using file = await Deno.open(path, { write: true });
   *   await filesystem.copyTo("/etc/hostname", file);
   * }
   * assert.equal(await Deno.readTextFile(path), await filesystem.readTextFile("/etc/hostname"));
   * await Deno.remove(path);
   * ```
   */
  async copyTo(path: Ext4Path, file: Deno.FsFile): Promise<void> {
    await copyContent(this.#volume, this.#file(path), file);
  }

  /**
   * The extended attributes that the kernel lists, in the form that it gives. A link at the end of the path is not followed.
   *
   * POSIX ACLs are in the form of `getxattr` (version 2).
   *
   * @param path The path.
   * @param options In which form. Default: as `getxattr` gives them.
   * @returns The values by their full names, such as `security.capability`.
   * @throws {Deno.errors.NotFound} If there is no such path.
   *
   * @example
   * ```ts
   * import { Ext4 } from "@x/snapvm/ext4";
   *
   * using filesystem = await Ext4.open("tests/fixtures/tiny.ext4");
   * for (const [name, value] of await filesystem.xattrs("/etc/hostname")) console.log(name, value);
   * ```
   */
  // deno-lint-ignore require-await
  async xattrs(
    path: Ext4Path,
    options: XattrOptions = {},
  ): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
    return readXattrs(this.#volume, this.#inodes, this.#find(path, false), options.stored);
  }

  /**
   * Walks a tree from a start: a folder, then everything in it, then the next name of its parent. The names of a folder
   * come in the order on the disk. A link at the start is followed, others are not.
   *
   * Damage does not end the walk: a damaged inode is an entry with an `error`, and a folder whose names cannot all be
   * read comes a second time, with an `error`, after those that can.
   *
   * @param path The start. The paths of the entries begin with it as given, without slashes at its end; if it is a file
   *   that was found before, they begin with nothing.
   * @param options What to leave out.
   * @returns The entries.
   * @throws {Deno.errors.NotFound} If there is no such path.
   *
   * @example
   * ```ts
   * import { Ext4 } from "@x/snapvm/ext4";
   *
   * using filesystem = await Ext4.open("tests/fixtures/tiny.ext4");
   * for await (const { path, info, error } of filesystem.walk("/")) {
   *   console.log(path, info?.size ?? error?.message);
   * }
   * ```
   */
  walk(path: Ext4Path = "/", options: WalkOptions = {}): AsyncIterable<WalkEntry> {
    return asyncIterable(() => walkTree(this.#volume, this.#inodes, this.#start(path), options));
  }

  /**
   * The same as {@linkcode walk} for a loop that waits for nothing: faster, but timers and signals wait for its end.
   *
   * @param path The start.
   * @param options What to leave out.
   * @returns The entries.
   * @throws {Deno.errors.NotFound} If there is no such path.
   *
   * @example
   * ```ts
   * import { Ext4 } from "@x/snapvm/ext4";
   *
   * using filesystem = await Ext4.open("tests/fixtures/tiny.ext4");
   * const paths = Array.from(filesystem.walkSync("/"), ({ path }) => path);
   * console.log(paths.sort());
   * ```
   */
  walkSync(path: Ext4Path = "/", options: WalkOptions = {}): Iterable<WalkEntry> {
    return walkTree(this.#volume, this.#inodes, this.#start(path), options);
  }

  /**
   * All inodes that are used, in the order of their numbers, whether a name leads to them or not: also those that the
   * filesystem keeps for itself, such as the journal's.
   *
   * @returns What is known about each.
   *
   * @example Count what programs such as `df -i` count
   * ```ts
   * import { Ext4 } from "@x/snapvm/ext4";
   *
   * using filesystem = await Ext4.open("tests/fixtures/tiny.ext4");
   * let count = 0;
   * for await (const { ino } of filesystem.inodes()) {
   *   if (ino >= filesystem.superblock.s_first_ino) count++;
   * }
   * console.log(count);
   * ```
   */
  inodes(): AsyncIterable<FileInfo> {
    return asyncIterable(() => this.#inodes.used());
  }

  /**
   * Closes the image. `using` does the same.
   *
   * @example
   * ```ts
   * import { Ext4 } from "@x/snapvm/ext4";
   *
   * const filesystem = await Ext4.open("tests/fixtures/tiny.ext4");
   * console.log(filesystem.superblock.s_uuid);
   * filesystem.close();
   * ```
   */
  close(): void {
    this.#volume.close();
  }

  /**
   * Closes the image at the end of a `using` declaration.
   *
   * @example
   * ```ts
   * import { Ext4 } from "@x/snapvm/ext4";
   *
   * using filesystem = await Ext4.open("tests/fixtures/tiny.ext4");
   * console.log(filesystem.superblock.s_uuid);
   * ```
   */
  [Symbol.dispose](): void {
    this.close();
  }

  #find(path: Ext4Path, followLast = true): Inode {
    if (path instanceof FileInfo) {
      if (belongsTo(path, this.#volume.superblock)) return this.#inodes.inode(path.ino);
      const { ino } = path;
      throw new SnapvmError(
        "foreign-file",
        `Cannot read inode ${ino}: it was found in another filesystem, or before this one was opened`,
        { data: { ino } },
      );
    }
    return resolvePath(this.#volume, this.#inodes, path, followLast);
  }

  #file(path: Ext4Path): Inode {
    const inode = this.#find(path);
    if (inode.info.isFile) return inode;
    if (inode.info.isDirectory) {
      throw new Deno.errors.IsADirectory(`Cannot read ${showPath(path)}: it is a folder`);
    }
    throw new Deno.errors.InvalidData(`Cannot read ${showPath(path)}: it is not a regular file`);
  }

  #folder(path: Ext4Path): Inode {
    const inode = this.#find(path);
    if (inode.info.isDirectory) return inode;
    throw new Deno.errors.NotADirectory(`Cannot list ${showPath(path)}: it is not a folder`);
  }

  #start(path: Ext4Path): WalkedName {
    const { info } = this.#find(path);
    return WalkedName.start(path instanceof FileInfo ? null : path, info);
  }
}
