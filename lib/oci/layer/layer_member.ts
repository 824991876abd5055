import type { LayerTime } from "./layer_target.ts";
import type { TarDataRange, TarMemberType } from "./tar_header.ts";

/** One member of a layer's archive, as its headers describe it. */
export interface LayerMember {
  /** The path as it is written in the archive, without slashes at its end. */
  readonly path: Uint8Array;
  /** The type. */
  readonly type: TarMemberType;
  /** Permission bits, including the set-id and sticky bits. */
  readonly mode: number;
  /** The owner's number. */
  readonly uid: number;
  /** The group's number. */
  readonly gid: number;
  /** The size of a file in bytes, including holes; 0 for everything else. */
  readonly size: number;
  /** When the content was last changed. */
  readonly mtime: LayerTime;
  /** When it was last read. */
  readonly atime?: LayerTime | undefined;
  /** When the inode was last changed. */
  readonly ctime?: LayerTime | undefined;
  /** The target of a symbolic link, or the path of the member that a hard link names again. */
  readonly linkPath?: Uint8Array | undefined;
  /** The numbers of a device. */
  readonly device?: { readonly major: number; readonly minor: number } | undefined;
  /** Extended attributes by their full names. */
  readonly xattrs?: ReadonlyMap<string, Uint8Array> | undefined;
  /** The ranges with data of a file with holes, in ascending order. Only they are in the archive. */
  readonly dataRanges?: readonly TarDataRange[] | undefined;
}

/** Takes a layer's members, in the order in which they are in the archive. */
export interface LayerVisitor {
  /**
   * Takes a member. Its byte arrays are to be copied if they are kept.
   *
   * @returns Whether its data is wanted.
   */
  member(member: LayerMember): boolean;
  /** Takes the next bytes of the last member, without its holes. They are to be copied if they are kept. */
  data(bytes: Uint8Array): void;
}
