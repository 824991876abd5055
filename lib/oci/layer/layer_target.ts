import type { TarDataRange, TarMemberType } from "./tar_header.ts";

/** A name in a folder of a {@linkcode LayerTarget}: a number, which may be used again once the name is removed. */
export type TargetEntry = number;

/** What an entry is. A hard link is one more entry for the same file. */
export type TargetType = Exclude<TarMemberType, "link"> | "socket";

/** A moment, as POSIX's `timespec` has it. */
export interface LayerTime {
  /** Whole seconds since 1970; negative before. */
  readonly seconds: number;
  /** 0 to 999,999,999 more, also before 1970. */
  readonly nanoseconds: number;
}

/** What an inode has besides its content. */
export interface TargetMetadata {
  /** Permission bits, including the set-id and sticky bits. */
  readonly mode: number;
  /** The owner's number. */
  readonly uid: number;
  /** The group's number. */
  readonly gid: number;
  /** When the content was last changed. */
  readonly mtime: LayerTime;
  /** When it was last read; by default `mtime`. */
  readonly atime?: LayerTime | undefined;
  /** When the inode was last changed; by default the time at which the filesystem is made. */
  readonly ctime?: LayerTime | undefined;
  /** Extended attributes by their full names, with the values that `getxattr` gives. */
  readonly xattrs?: ReadonlyMap<string, Uint8Array> | undefined;
}

/**
 * A filesystem that is being written, as far as layers need it. Nothing here follows a symbolic link, and nothing
 * replaces an entry: a name has to be removed before it is added again.
 */
export interface LayerTarget {
  /** The entry of the root folder. */
  readonly root: TargetEntry;
  /** Finds a name in a folder. */
  find(folder: TargetEntry, name: Uint8Array): TargetEntry | undefined;
  /** What an entry is. */
  typeOf(entry: TargetEntry): TargetType;
  /** The name of an entry. */
  nameOf(entry: TargetEntry): Uint8Array;
  /** The target of a symbolic link. */
  linkTarget(entry: TargetEntry): Uint8Array;
  /** The entries of a folder. The one that was given last may be removed meanwhile. */
  entries(folder: TargetEntry): Iterable<TargetEntry>;
  /** Adds a folder. */
  addFolder(folder: TargetEntry, name: Uint8Array, metadata: TargetMetadata): TargetEntry;
  /**
   * Adds a file. Its bytes are to follow by {@linkcode write} before anything else is added.
   *
   * @param size The size in bytes, including holes.
   * @param dataRanges The ranges with data of a file with holes, in ascending order; by default all of it.
   */
  addFile(
    folder: TargetEntry,
    name: Uint8Array,
    metadata: TargetMetadata,
    size: number,
    dataRanges?: readonly TarDataRange[],
  ): TargetEntry;
  /** Takes the next bytes of the file that was added last. They are copied. */
  write(bytes: Uint8Array): void;
  /** Adds a symbolic link. */
  addSymlink(
    folder: TargetEntry,
    name: Uint8Array,
    target: Uint8Array,
    metadata: TargetMetadata,
  ): TargetEntry;
  /** Adds a device, a FIFO or a socket. */
  addSpecial(
    folder: TargetEntry,
    name: Uint8Array,
    type: "character-device" | "block-device" | "fifo" | "socket",
    device: { readonly major: number; readonly minor: number } | undefined,
    metadata: TargetMetadata,
  ): TargetEntry;
  /** Adds one more name for something that is not a folder. */
  addLink(folder: TargetEntry, name: Uint8Array, existing: TargetEntry): TargetEntry;
  /** Gives an entry other metadata. */
  setMetadata(entry: TargetEntry, metadata: TargetMetadata): void;
  /** Removes a name, and a folder with everything in it. What has no name left is gone, and its space used again. */
  remove(entry: TargetEntry): void;
  /** A promise to wait for before more is written, if the disk is behind. */
  ready(): Promise<void> | undefined;
}
