import type { Corrupt } from "../volume/corrupt.ts";
import type { FileInfo } from "../inode/file_info.ts";
import type { Incompatible } from "../volume/incompatible.ts";

/** A name that {@linkcode Ext4.walk} came across. */
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
  /** All that the filesystem knows about it except its content. */
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

/**
 * What {@linkcode Ext4.walk} comes across: `info` or `error` is there, never both.
 *
 * @example
 * ```ts
 * import { Ext4, type WalkEntry } from "@x/snapvm/ext4";
 *
 * function describe(entry: WalkEntry): string {
 *   return entry.error ? entry.error.message : `${entry.path}: ${entry.info.size} bytes`;
 * }
 *
 * using filesystem = await Ext4.open("tests/fixtures/tiny.ext4");
 * for (const entry of filesystem.walkSync("/etc")) console.log(describe(entry));
 * ```
 */
export type WalkEntry = WalkedFile | WalkedError;
