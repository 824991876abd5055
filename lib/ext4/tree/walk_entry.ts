import type { Corrupt } from "../volume/corrupt.ts";
import type { FileInfo } from "../inode/file_info.ts";
import type { Incompatible } from "../volume/incompatible.ts";

/** A name that {@linkcode Ext4.walk} came by. */
export interface WalkName {
  /** The path: the start as it was given, and the names from there on. Bytes that are not UTF-8 are U+FFFD in it. */
  readonly path: string;
  /** The path's bytes. */
  readonly pathBytes: Uint8Array<ArrayBuffer>;
  /** The last name of the path; empty for the root. */
  readonly name: string;
  /** The name's bytes. */
  readonly nameBytes: Uint8Array<ArrayBuffer>;
  /** How many levels it is below the start. */
  readonly depth: number;
}

/** A name that leads to something. */
export interface WalkedFile extends WalkName {
  /** What the filesystem knows of it besides its content. */
  readonly info: FileInfo;
  /** Absent. */
  readonly error?: undefined;
}

/** A name that leads to nothing that can be read, or a folder whose names cannot all be read. */
export interface WalkedError extends WalkName {
  /** Absent. */
  readonly info?: undefined;
  /** Why it cannot be read. */
  readonly error: Corrupt | Incompatible;
}

/** What {@linkcode Ext4.walk} comes by. */
export type WalkEntry = WalkedFile | WalkedError;
