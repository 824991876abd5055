import { takeLock } from "./take_lock.ts";

const MADE_IF_NEEDED = { write: true, create: true, mode: 0o600 } as const;

/**
 * Takes the lock of a file, and waits for it if another process has it. The file is made, with mode 0600, if it is not
 * there. Nobody else gets the lock before this one is disposed of or its process ends.
 *
 * @param path The file.
 * @returns The lock.
 * @throws What the system says if the file cannot be made or opened.
 */
export async function lockFile(path: string): Promise<Disposable> {
  for (;;) {
    const lock = await takeLock(path, { open: MADE_IF_NEEDED, wait: true });
    if (typeof lock === "object") return lock;
  }
}

/** What {@linkcode tryLockFile} does besides locking. */
export interface TryLockFileOptions {
  /** Whether to make the file, with mode 0600, if it is not there. Default: false. */
  readonly create?: boolean;
  /** Whether others may have the lock too, as long as they share it as well. Default: false. */
  readonly shared?: boolean;
}

/**
 * Takes the lock of a file if no other process has it.
 *
 * @param path The file.
 * @param options Whether to make it, and whether to share the lock.
 * @returns The lock; `undefined` if another process has it, or if the file is not there and is not to be made.
 * @throws What the system says if the file cannot be made or opened.
 */
export async function tryLockFile(
  path: string,
  { create = false, shared = false }: TryLockFileOptions = {},
): Promise<Disposable | undefined> {
  for (;;) {
    const lock = await takeLock(path, {
      open: create ? MADE_IF_NEEDED : { write: true },
      wait: false,
      shared,
    });
    if (typeof lock === "object") return lock;
    if (lock === "taken" || !create) return undefined;
  }
}
