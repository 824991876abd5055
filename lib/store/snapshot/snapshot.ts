import { join } from "../../host/mod.ts";
import { parseDigest } from "../../oci/mod.ts";
import { parseSnapshotInfo, type SnapshotInfo } from "./snapshot_info.ts";

/** An image's root filesystem in one file. */
export interface Snapshot {
  /** The ext4 image's absolute path. */
  readonly path: string;
  /** The size of the file in bytes: 512 GiB and more, nearly all of it holes. */
  readonly size: number;
  /** The space that it takes on the host's disk, in bytes. */
  readonly allocated: number;
  /** The notes of `container` beside it; absent if there are none. */
  readonly info?: SnapshotInfo;
}

/** The largest `snapshot-info` that is read, in bytes. They have about 300. */
const MAX_INFO_SIZE = 64 * 1024;

/** The path of the snapshot of a platform's manifest, whose digest is the name of its folder. */
export function snapshotPath(root: string, manifestDigest: string): string {
  return join(root, "snapshots", parseDigest(manifestDigest).encoded, "snapshot");
}

/**
 * Looks at the file of a snapshot.
 *
 * @throws {Deno.errors.NotFound} If it is not there.
 * @throws {Deno.errors.IsADirectory} If it is a folder.
 * @throws {Deno.errors.InvalidData} If it is a device or the like.
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

/** Reads the notes. `container` itself may leave them out, so nothing about them is an error. */
async function readInfo(path: string): Promise<SnapshotInfo | undefined> {
  try {
    const { isFile, size } = await Deno.stat(path);
    if (!isFile || size > MAX_INFO_SIZE) return undefined;
    return parseSnapshotInfo(await Deno.readFile(path));
  } catch {
    return undefined;
  }
}
