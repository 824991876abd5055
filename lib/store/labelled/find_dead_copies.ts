import { isFile, join, removeIfThere, tryLockFolder } from "../../host/mod.ts";
import { allocatedSize, namesIn } from "../upkeep/file_sizes.ts";
import { LABELLED_ORIGIN, LABELLED_SNAPSHOT, labelledFolder } from "./labelled_paths.ts";
import { originOf } from "./snapshot_origin.ts";

/** A labelled copy of a snapshot that nobody needs any more. */
export interface DeadCopy {
  /** Its folder. */
  readonly path: string;
  /** How much disk it takes, in bytes. */
  readonly size: number;
}

/**
 * Finds the labelled copies whose snapshot is gone or another one, and those that a process has begun and not finished,
 * and removes them if that is wanted. One that a machine uses, or that is being made, stays.
 */
export async function findDeadCopies(home: string, remove: boolean): Promise<DeadCopy[]> {
  const found: DeadCopy[] = [];
  const folder = labelledFolder(home);
  for (const name of await namesIn(folder)) {
    const path = join(folder, name);
    if (await isAlive(path)) continue;
    using lock = await tryLockFolder(path);
    if (lock === undefined || await isAlive(path)) continue;
    found.push({ path, size: await allocatedSize(path) });
    if (remove) await removeIfThere(path, { recursive: true });
  }
  return found;
}

async function isAlive(folder: string): Promise<boolean> {
  if (!await isFile(join(folder, LABELLED_SNAPSHOT))) return false;
  try {
    const origin = await Deno.readTextFile(join(folder, LABELLED_ORIGIN));
    return JSON.stringify(await originOf(JSON.parse(origin).path)) === origin;
  } catch {
    return false;
  }
}
