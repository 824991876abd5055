/**
 * What `container` noted beside a snapshot: how it would attach it to a machine. Every member may
 * be missing, and none is needed to use the snapshot; `source` is stale where the store was moved.
 */
export interface SnapshotInfo {
  /** The filesystem: `ext4`. */
  readonly format?: string;
  /** How the host caches the disk: `on`, `off`, `auto`. */
  readonly cache?: string;
  /** How far a flush of the guest's reaches: `full`, `fsync`, `nosync`. */
  readonly sync?: string;
  /** Where the snapshot was when it was made. */
  readonly source?: string;
}

/** Parses a `snapshot-info`, as far as it can be; what cannot is left out. */
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

/** Swift writes a case of an enumeration as an object with one member: `{"on":{}}`. */
function caseName(value: unknown): string | undefined {
  return typeof value === "object" && value !== null ? Object.keys(value)[0] : undefined;
}
