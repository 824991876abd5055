import { statIfThere } from "./stat_if_there.ts";

/** How {@linkcode takeLock} locks. */
interface TakeLockOptions {
  /** How the file or folder is opened. */
  readonly open: Deno.OpenOptions;
  /** Whether to wait for the process that has the lock. */
  readonly wait: boolean;
  /** Whether others may have it too, as long as they share it as well. Default: false. */
  readonly shared?: boolean;
}

/**
 * Takes the lock of a file or folder. The kernel gives a lock back when its owner dies. Between opening and locking,
 * somebody may remove or replace what was opened: only the lock of what is still in its place counts.
 *
 * @param path The file or folder.
 * @param options How to open it, whether to wait, and whether to share it.
 * @returns The lock, which disposing of gives back; `"taken"` if another process has it, `"gone"` if nothing is there or
 * what was there is no longer in its place.
 */
export async function takeLock(
  path: string,
  { open, wait, shared = false }: TakeLockOptions,
): Promise<Disposable | "taken" | "gone"> {
  using held = new DisposableStack();
  const file = await openIfThere(path, open);
  if (file === undefined) return "gone";
  held.use(file);
  if (wait) await file.lock(!shared);
  else if (!await file.tryLock(!shared)) return "taken";
  const [locked, present] = await Promise.all([file.stat(), statIfThere(path)]);
  const isInPlace = locked.dev === present?.dev && locked.ino === present.ino;
  return isInPlace ? held.move() : "gone";
}

/** A file that is to be made and cannot be, because its folder is missing, is an error. */
async function openIfThere(
  path: string,
  options: Deno.OpenOptions,
): Promise<Deno.FsFile | undefined> {
  try {
    return await Deno.open(path, options);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound && options.create !== true) return undefined;
    throw error;
  }
}
