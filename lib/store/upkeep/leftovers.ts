import { join, removeIfThere, tryLockFile, tryLockFolder } from "../../host/mod.ts";
import { ingestFolder, unpackingFolder } from "../content/store_paths.ts";
import { NEW_STATE, STATE_LOCK } from "../state/change_state.ts";
import { allocatedSize, isDigits, namesIn } from "./file_sizes.ts";

/** What a process has begun, and nobody goes on with at present. */
export interface Leftover {
  /** A blob that has not wholly arrived, a snapshot that was being made or removed, references that were being written. */
  readonly kind: "download" | "unpacking" | "temporary";
  /** Where it is. */
  readonly path: string;
  /** The digest of the blob, or of the snapshot's manifest, if it is known. */
  readonly digest?: string;
  /** How much disk it takes, in bytes. */
  readonly size: number;
}

/** Finds what nobody goes on with at present, and removes it if that is wanted. */
export async function findLeftovers(root: string, remove: boolean): Promise<Leftover[]> {
  const found: Leftover[] = [];
  const take = async (
    kind: Leftover["kind"],
    path: string,
    name: string,
    lock: Disposable | undefined,
  ) => {
    using _lock = lock;
    if (lock === undefined) return;
    const size = await allocatedSize(path);
    found.push({ kind, path, ...isDigits(name) && { digest: `sha256:${name}` }, size });
    if (remove) await removeIfThere(path, { recursive: true });
  };
  for (const name of await namesIn(ingestFolder(root))) {
    const path = join(ingestFolder(root), name);
    await take("download", path, name, await tryLockAny(path));
  }
  for (const name of await namesIn(unpackingFolder(root))) {
    const path = join(unpackingFolder(root), name);
    await take("unpacking", path, name, await tryLockAny(path));
  }
  const newState = join(root, NEW_STATE);
  if ((await namesIn(root)).includes(NEW_STATE)) {
    const lock = await tryLockFile(join(root, STATE_LOCK), { create: true });
    await take("temporary", newState, NEW_STATE, lock);
  }
  return found;
}

/** Takes the lock of a file or a folder if nobody has it. */
async function tryLockAny(path: string): Promise<Disposable | undefined> {
  const { isFile, isDirectory } = await Deno.lstat(path).catch(() => ({
    isFile: false,
    isDirectory: false,
  }));
  if (isDirectory) return await tryLockFolder(path);
  return isFile ? await tryLockFile(path) : undefined;
}
