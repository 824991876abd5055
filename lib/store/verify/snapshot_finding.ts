/**
 * What kind of fault of a snapshot it is:
 *
 * - `lost`: the layers have it, the snapshot has no such name
 * - `dead`: a name leads to something that cannot be read
 * - `doubled`: a folder has a name twice, or its `.` or `..` are not what they have to be
 * - `unattached`: an inode is used, and no name leads to it
 * - `different`: both have it, and the layers say something else about it
 * - `extra`: the snapshot has it, the layers have no such name
 */
export type FindingKind = "lost" | "dead" | "doubled" | "unattached" | "different" | "extra";

/** What of a file is different. */
export type FindingAspect =
  | "type"
  | "mode"
  | "owner"
  | "mtime"
  | "target"
  | "device"
  | "xattr"
  | "acl encoding"
  | "size"
  | "content"
  | "hard link"
  | "link count";

/**
 * A fault of a snapshot.
 *
 * @example Usage
 * ```ts
 * import type { SnapshotFinding } from "@x/snapvm";
 *
 * const describe = ({ kind, path, expected }: SnapshotFinding): string =>
 *   `${kind}: ${path}${expected === undefined ? "" : ` (${expected})`}`;
 * describe({ kind: "lost", path: "/bin/tool", expected: "file" });
 * ```
 */
export interface SnapshotFinding {
  /** What kind of fault it is. */
  readonly kind: FindingKind;
  /** The path; bytes that are not UTF-8 are U+FFFD in it. Absent if no name leads to it. */
  readonly path?: string;
  /** The path's bytes in base64, if the text does not give them. */
  readonly pathBytes?: string;
  /** The number of the inode in the snapshot, if there is one. */
  readonly inode?: number;
  /** Of what is `different`: which of its facts. */
  readonly aspect?: FindingAspect;
  /** What the layers say, or what has to be so. */
  readonly expected?: string;
  /** What the snapshot has. */
  readonly found?: string;
}
