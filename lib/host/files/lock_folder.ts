import { takeLock } from "./take_lock.ts";

/** How {@linkcode lockFolder} and {@linkcode tryLockFolder} lock. */
export interface LockFolderOptions {
  /** Whether others may have the lock too, as long as they share it as well. Default: false. */
  readonly shared?: boolean;
}

/**
 * Takes the lock of a folder, and waits for it if another process has it. Nobody else gets it before this one is
 * disposed of or its process ends.
 *
 * @param path The folder.
 * @param options Whether to share the lock.
 * @returns The lock; `undefined` if the folder is gone by the time that the lock is free.
 * @throws What the system says if the folder cannot be opened.
 */
export async function lockFolder(
  path: string,
  { shared = false }: LockFolderOptions = {},
): Promise<Disposable | undefined> {
  const lock = await takeLock(path, { open: { read: true }, wait: true, shared });
  return typeof lock === "object" ? lock : undefined;
}

/**
 * Takes the lock of a folder if no other process has it.
 *
 * @param path The folder.
 * @param options Whether to share the lock.
 * @returns The lock; `undefined` if another process has it, or has just removed the folder.
 * @throws What the system says if the folder cannot be opened.
 */
export async function tryLockFolder(
  path: string,
  { shared = false }: LockFolderOptions = {},
): Promise<Disposable | undefined> {
  const lock = await takeLock(path, { open: { read: true }, wait: false, shared });
  return typeof lock === "object" ? lock : undefined;
}
