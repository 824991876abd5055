import type { Superblock } from "../../ext4/mod.ts";

/** Bytes that mend a known fault of a snapshot when they are written to a clone of it. */
export interface SnapshotPatch {
  /** Where to write them, in bytes from the snapshot's start. */
  readonly offset: number;
  /** The bytes to write. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** What is wrong, in a sentence without a full stop. */
  readonly fault: string;
  /** What the fault leads to, in a sentence without a full stop. */
  readonly reason: string;
}

/** Offsets and bits are from the kernel's `Documentation/filesystems/ext4/super.rst`. */
const SUPERBLOCK_OFFSET = 1024;
const S_JOURNAL_UUID = 0xd0;
const UUID_SIZE = 16;
const COMPAT_HAS_JOURNAL = 0x4;

/**
 * Finds the known faults of a snapshot.
 *
 * There is one: `container` gives a filesystem with an internal journal the UUID of an external journal as well (every
 * release from 1.2.0 until containerization#856).
 *
 * A superblock with a checksum is left alone: the releases with the fault do not write one.
 *
 * @param superblock The snapshot's superblock.
 * @returns The patches for a clone of it; empty for a snapshot without faults.
 *
 * @example Usage
 * ```ts
 * import { Ext4, snapshotPatches } from "@x/snapvm";
 * import assert from "node:assert/strict";
 *
 * using filesystem = await Ext4.open("tests/fixtures/tiny.ext4");
 * assert.deepEqual(snapshotPatches(filesystem.superblock), []);
 * ```
 */
export function snapshotPatches(superblock: Superblock): SnapshotPatch[] {
  const { s_feature_compat, s_journal_inum, s_journal_uuid, hasMetadataChecksums } = superblock;
  const isInternal = (s_feature_compat & COMPAT_HAS_JOURNAL) !== 0 && s_journal_inum !== 0;
  if (!isInternal || /^[0-]*$/.test(s_journal_uuid) || hasMetadataChecksums) return [];
  return [{
    offset: SUPERBLOCK_OFFSET + S_JOURNAL_UUID,
    bytes: new Uint8Array(UUID_SIZE),
    fault: "its superblock names an external journal, but its journal is inside",
    reason:
      "fsck looks for that journal in vain, and a guest that checks its root ends in emergency mode",
  }];
}
