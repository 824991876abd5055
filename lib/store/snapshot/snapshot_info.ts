/**
 * The notes of `container` beside a snapshot: how it attaches it to a machine. Any member may be missing, and using the
 * snapshot needs none of them.
 */
export interface SnapshotInfo {
  /** The filesystem: `ext4`. */
  readonly format?: string;
  /** How the host caches the disk: `on`, `off`, `auto`. */
  readonly cache?: string;
  /** How far a flush by the guest reaches: `full`, `fsync`, `nosync`. */
  readonly sync?: string;
  /** The snapshot's path when it was made; stale if the store was moved since. */
  readonly source?: string;
}

/** Parses a `snapshot-info`, and leaves out what cannot be parsed. */
export function parseSnapshotInfo(bytes: Uint8Array): SnapshotInfo {
  const info = parse(bytes);
  const block = member(member(info, "type"), "block");
  const members = {
    format: member(block, "format"),
    cache: caseName(member(block, "cache")),
    sync: caseName(member(block, "sync")),
    source: member(info, "source"),
  };
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => typeof value === "string"),
  );
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? Object.getOwnPropertyDescriptor(value, name)?.value
    : undefined;
}

/** The name of a case of a Swift enumeration, which is encoded as an object with one member: `{"on":{}}`. */
function caseName(value: unknown): string | undefined {
  return typeof value === "object" && value !== null ? Object.keys(value)[0] : undefined;
}
