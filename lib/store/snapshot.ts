import { join } from "node:path";
import { parseDigest } from "../oci/mod.ts";
import { parseSnapshotInfo, type SnapshotInfo } from "./snapshot_info.ts";

/** An image's root filesystem in one file. */
export interface Snapshot {
  /** The ext4 image's absolute path. */
  readonly path: string;
  /** Its size in bytes as a file: 512 GiB and more, nearly all of it holes. */
  readonly size: number;
  /** What it takes on the host's disk, in bytes. */
  readonly allocated: number;
  /** What `container` noted beside it. */
  readonly info?: SnapshotInfo;
}

/** A `snapshot-info` has 300 bytes. */
const INFO_LIMIT = 64 * 1024;

/**
 * Where the snapshot of a platform's manifest is, or would be: both have the manifest's digest for
 * a name.
 */
export function snapshotPath(root: string, manifestDigest: string): string {
  return join(root, "snapshots", parseDigest(manifestDigest).encoded, "snapshot");
}

/**
 * Looks at the file of a snapshot.
 *
 * @throws {Deno.errors.NotFound} Where it is not there.
 * @throws {Deno.errors.IsADirectory} Where it is a folder.
 * @throws {Deno.errors.InvalidData} Where it is a device or the like.
 */
export async function readSnapshot(path: string): Promise<Snapshot> {
  const file = await Deno.stat(path);
  if (file.isDirectory) {
    throw new Deno.errors.IsADirectory(`Cannot use ${path} as a disk: it is a folder`);
  }
  if (!file.isFile) {
    throw new Deno.errors.InvalidData(`Cannot use ${path} as a disk: it is not a regular file`);
  }
  const info = await readInfo(`${path}-info`);
  return {
    path,
    size: file.size,
    // In units of 512 bytes, whatever the filesystem's block size (POSIX.1-2017, st_blocks).
    allocated: file.blocks === null ? file.size : file.blocks * 512,
    ...(info === undefined ? {} : { info }),
  };
}

/** `container` itself may leave the file out, so nothing about it is an error. */
async function readInfo(path: string): Promise<SnapshotInfo | undefined> {
  try {
    const { isFile, size } = await Deno.stat(path);
    if (!isFile || size > INFO_LIMIT) return undefined;
    return parseSnapshotInfo(await Deno.readFile(path));
  } catch {
    return undefined;
  }
}
