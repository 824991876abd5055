import type { DataRange } from "../content/content.ts";
import type { DeviceNumber } from "../inode/file_info.ts";
import { type Path, showPath, splitPath } from "../tree/path.ts";
import type { ImageWriter } from "./image_writer.ts";
import type { Ext4EntryType, Ext4Metadata, Ext4WriterOptions } from "./writer_options.ts";

/**
 * Writes an ext4 filesystem into a file, in one pass: the content of files goes to its place at once, all about them is
 * kept in memory (some 100 bytes for each) and written at the end, the superblock last. What is not used stays a hole in
 * the file. The filesystem has the features of those that Apple's `container` makes, indexed folders, and checksums of
 * group descriptors.
 *
 * An entry, a name in a folder, is a number; it may be used again once the name is removed. Nothing here follows a
 * symbolic link, and nothing replaces an entry: a name has to be removed before it is added again.
 *
 * Methods that add something throw a {@linkcode SnapvmError}: `invalid-entry` if no ext4 filesystem can hold it,
 * `filesystem-full` if this one has no room for it, `disk-full` or `unwritable` if the file cannot be written.
 *
 * With `uuid`, `hashSeed` and `time` given, the same calls make the same bytes.
 *
 * @example
 * ```ts
 * import { Ext4, Ext4Writer } from "@x/snapvm/ext4";
 * import assert from "node:assert/strict";
 *
 * const path = await Deno.makeTempFile({ suffix: ".ext4" });
 * await using writer = await Ext4Writer.create(path, { size: 64 * 2 ** 20 });
 * await writer.mkdir("/etc");
 * await writer.writeFile("/etc/hostname", new TextEncoder().encode("tiny\n"));
 * await writer.symlink("etc/hostname", "/name");
 * await writer.finish();
 *
 * using filesystem = await Ext4.open(path);
 * assert.equal(await filesystem.readTextFile("/name"), "tiny\n");
 * await Deno.remove(path);
 * ```
 */
export class Ext4Writer implements AsyncDisposable {
  /** The entry of the root folder. */
  readonly root: number;
  readonly #image: ImageWriter;

  private constructor(image: ImageWriter) {
    this.#image = image;
    this.root = image.root;
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
  static async create(path: string, options: Ext4WriterOptions = {}): Promise<Ext4Writer> {
    // Only readers are needed by most who load this.
    const { ImageWriter } = await (import(import.meta.resolve("./image_writer.ts")) as Promise<
      typeof import("./image_writer.ts")
    >);
    return new Ext4Writer(await ImageWriter.create(path, options));
  }

  /**
   * Finds a name in a folder.
   *
   * @param folder The folder's entry.
   * @param name The name's bytes.
   * @returns The entry, or undefined if there is none.
   */
  find(folder: number, name: Uint8Array): number | undefined {
    return this.#image.find(folder, name);
  }

  /** What an entry is. */
  typeOf(entry: number): Ext4EntryType {
    return this.#image.typeOf(entry);
  }

  /** The name of an entry; that of the root is empty. */
  nameOf(entry: number): Uint8Array<ArrayBuffer> {
    return this.#image.nameOf(entry);
  }

  /** The number of the inode that an entry leads to. */
  inoOf(entry: number): number {
    return this.#image.inoOf(entry);
  }

  /** The target of a symbolic link. */
  linkTarget(entry: number): Uint8Array<ArrayBuffer> {
    return this.#image.linkTarget(entry);
  }

  /**
   * The entries of a folder, in the order in which they were added. The one that was given last may be removed
   * meanwhile.
   */
  entries(folder: number): Generator<number, void> {
    return this.#image.entries(folder);
  }

  /** Adds a folder. */
  addFolder(folder: number, name: Uint8Array, metadata: Ext4Metadata): number {
    return this.#image.addFolder(folder, name, metadata);
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
    return this.#image.addFile(folder, name, metadata, size, dataRanges);
  }

  /**
   * Takes the next bytes of the file that was added last. They are copied. Of a file with holes these are the bytes of
   * its ranges, one after the other.
   */
  write(bytes: Uint8Array): void {
    this.#image.write(bytes);
  }

  /** Adds a symbolic link. */
  addSymlink(
    folder: number,
    name: Uint8Array,
    target: Uint8Array,
    metadata: Ext4Metadata,
  ): number {
    return this.#image.addSymlink(folder, name, target, metadata);
  }

  /** Adds a device, a FIFO or a socket. */
  addSpecial(
    folder: number,
    name: Uint8Array,
    type: "character-device" | "block-device" | "fifo" | "socket",
    device: DeviceNumber | undefined,
    metadata: Ext4Metadata,
  ): number {
    return this.#image.addSpecial(folder, name, type, device, metadata);
  }

  /** Adds one more name for something that is not a folder. */
  addLink(folder: number, name: Uint8Array, existing: number): number {
    return this.#image.addLink(folder, name, existing);
  }

  /** Gives an entry other metadata; all of it is replaced. */
  setMetadata(entry: number, metadata: Ext4Metadata): void {
    this.#image.setMetadata(entry, metadata);
  }

  /**
   * Removes a name, and a folder with everything in it. What has no name left is gone, and its space used again.
   *
   * @param target The entry, or its path.
   */
  remove(target: number | Path): void {
    this.#image.remove(typeof target === "number" ? target : this.#entryAt(target));
  }

  /**
   * A promise to wait for before more is written, so that timers and signals are seen in between; mostly there is none.
   * What is written is on its way to the disk at once, and the system makes the caller wait if the disk is behind.
   */
  ready(): Promise<void> | undefined {
    return this.#image.ready();
  }

  /**
   * Adds a file with these bytes.
   *
   * @param path Its path; the folder is there.
   * @param data Its content.
   * @param metadata What it has besides; by default it is root's and only root may write it.
   */
  async writeFile(path: Path, data: Uint8Array, metadata?: Partial<Ext4Metadata>): Promise<void> {
    const { folder, name } = this.#placeFor(path);
    this.addFile(folder, name, this.#complete(metadata, 0o644), data.length);
    this.write(data);
    await this.ready();
  }

  /**
   * Adds a folder.
   *
   * @param path Its path.
   * @param metadata What it has besides, and whether folders above it that are missing are added too.
   */
  async mkdir(
    path: Path,
    metadata?: Partial<Ext4Metadata> & { readonly recursive?: boolean },
  ): Promise<void> {
    const whole = this.#complete(metadata, 0o755);
    if (metadata?.recursive !== true) {
      const { folder, name } = this.#placeFor(path);
      this.addFolder(folder, name, whole);
    } else {
      let folder = this.root;
      for (const name of splitPath(path)) {
        if (name.length === 0) continue;
        folder = this.find(folder, name) ?? this.addFolder(folder, name, whole);
      }
    }
    await this.ready();
  }

  /**
   * Adds a symbolic link.
   *
   * @param target What it leads to.
   * @param path Its own path.
   * @param metadata What it has besides.
   */
  async symlink(target: Path, path: Path, metadata?: Partial<Ext4Metadata>): Promise<void> {
    const { folder, name } = this.#placeFor(path);
    this.addSymlink(folder, name, toBytes(target), this.#complete(metadata, 0o777));
    await this.ready();
  }

  /**
   * Adds one more name for a file.
   *
   * @param existing The path of the file.
   * @param path The new one.
   */
  async link(existing: Path, path: Path): Promise<void> {
    const { folder, name } = this.#placeFor(path);
    this.addLink(folder, name, this.#entryAt(existing));
    await this.ready();
  }

  /**
   * Adds a device, a FIFO or a socket.
   *
   * @param path Its path.
   * @param type What it is.
   * @param device The number of a device.
   * @param metadata What it has besides.
   */
  async mknod(
    path: Path,
    type: "character-device" | "block-device" | "fifo" | "socket",
    device?: DeviceNumber,
    metadata?: Partial<Ext4Metadata>,
  ): Promise<void> {
    const { folder, name } = this.#placeFor(path);
    this.addSpecial(folder, name, type, device, this.#complete(metadata, 0o600));
    await this.ready();
  }

  /**
   * Writes everything that is missing, and closes the file. It is not `fsync`ed.
   *
   * @returns The size of the filesystem in bytes.
   * @throws {SnapvmError} `filesystem-full` if there is no room; `disk-full` or `unwritable` if the file cannot be
   * written; `invalid-entry` if the last file does not have all its bytes.
   */
  finish(): Promise<number> {
    return this.#image.finish();
  }

  /** Closes the file. Without {@linkcode finish} before, it is no filesystem. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#image[Symbol.asyncDispose]();
  }

  #complete(metadata: Partial<Ext4Metadata> | undefined, mode: number): Ext4Metadata {
    return { mode, uid: 0, gid: 0, mtime: this.#image.time, ...metadata };
  }

  /** The entry at a path. No link on the way is followed. */
  #entryAt(path: Path): number {
    let entry = this.root;
    for (const name of splitPath(path)) {
      if (name.length === 0) continue;
      const found = this.find(entry, name);
      if (found === undefined) throw new Deno.errors.NotFound(`Cannot find ${showPath(path)}`);
      entry = found;
    }
    return entry;
  }

  #placeFor(path: Path): { folder: number; name: Uint8Array } {
    const names = splitPath(path).filter((name) => name.length > 0);
    const name = names.pop();
    if (name === undefined) throw new TypeError(`Cannot add ${showPath(path)}: it is the root`);
    let folder = this.root;
    for (const parent of names) {
      const found = this.find(folder, parent);
      if (found === undefined) {
        throw new Deno.errors.NotFound(`Cannot add ${showPath(path)}: its folder is not there`);
      }
      if (this.typeOf(found) !== "directory") {
        throw new Deno.errors.NotADirectory(`Cannot add ${showPath(path)}: it is not in a folder`);
      }
      folder = found;
    }
    return { folder, name };
  }
}

function toBytes(path: Path): Uint8Array {
  return typeof path === "string" ? new TextEncoder().encode(path) : path;
}
