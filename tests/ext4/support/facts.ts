/**
 * What can be said about one path in a filesystem, in a form that lets two witnesses be compared.
 *
 * @module
 */

import { Buffer } from "node:buffer";

/** What one witness says about one path. A field that this witness cannot know is absent. */
export interface Facts {
  ino?: number;
  /** A name that leads to an inode that cannot be read; nothing else is known about it. */
  unreadable?: boolean;
  /** Type and permissions, octal, as in `st_mode`. */
  mode?: string;
  uid?: number;
  gid?: number;
  nlink?: number;
  size?: number;
  /** In units of 512 bytes. */
  blocks?: number;
  /** `major:minor`, for devices only. */
  rdev?: string;
  /** Nanoseconds since 1970. */
  atime?: bigint;
  mtime?: bigint;
  ctime?: bigint;
  birthtime?: bigint | null;
  /** `i_flags`. */
  flags?: number;
  generation?: number;
  /** The target of a link, one character per byte. */
  target?: string;
  /** `name=hexadecimal value`, sorted; or why they cannot be read. */
  xattrs?: string[] | "unreadable";
  /** `offset+length` of each part that is not a hole, within the file's size. */
  ranges?: string;
  /** SHA-256 of the file; only of its data ranges if it is longer than {@linkcode MAX_WHOLE_SIZE}. */
  hash?: string;
}

/** What one witness says about a whole filesystem: by path, one character per byte, `/` for the root. */
export type Tree = Map<string, Facts>;

/** Files up to this size are read whole, holes included. */
export const MAX_WHOLE_SIZE = 32 * 1024 * 1024;

/** One character per byte. */
export function byteString(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}

/** The bytes of a {@linkcode byteString}. */
export function stringBytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** `offset+length` of each range, ranges that touch joined. */
export function showRanges(ranges: readonly { offset: number; length: number }[]): string {
  const joined: { offset: number; length: number }[] = [];
  for (const { offset, length } of ranges) {
    const last = joined.at(-1);
    if (last !== undefined && last.offset + last.length === offset) last.length += length;
    else joined.push({ offset, length });
  }
  return joined.map(({ offset, length }) => `${offset}+${length}`).join(" ");
}

/** `name=hexadecimal value` of each attribute, sorted. */
export function showXattrs(xattrs: ReadonlyMap<string, Uint8Array>): string[] {
  return [...xattrs].map(([name, value]) =>
    `${name}=${Buffer.from(value.buffer, value.byteOffset, value.length).toString("hex")}`
  ).sort();
}

/**
 * The points on which two witnesses disagree, one a line, by the names of the first one's fields: a field that
 * either does not know is not compared, a path that either does not know is a difference.
 */
export function differences(truth: Tree, ours: Tree): string[] {
  const lines: string[] = [];
  for (const [path, facts] of truth) {
    const own = ours.get(path);
    if (own === undefined) {
      lines.push(`${JSON.stringify(path)} is missing`);
      continue;
    }
    for (const [field, expected] of Object.entries(facts)) {
      const actual = own[field as keyof Facts];
      if (actual === undefined || expected === undefined) continue;
      if (String(actual) !== String(expected)) {
        lines.push(
          `${JSON.stringify(path)} ${field}: expected ${shorten(expected)}, is ${shorten(actual)}`,
        );
      }
    }
  }
  for (const path of ours.keys()) {
    if (!truth.has(path)) lines.push(`${JSON.stringify(path)} should not be there`);
  }
  return lines;
}

function shorten(value: unknown): string {
  const text = String(value);
  return text.length <= 400 ? text : `${text.slice(0, 400)}… (${text.length} characters)`;
}
