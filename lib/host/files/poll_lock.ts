/** The pauses between two attempts: short at first, since most locks are held for an instant. */
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 100;

/** How {@linkcode pollLock} waits. */
export interface PollLockOptions {
  /** Ends the waiting with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called once, if there is anything to wait for. */
  readonly onWait?: (() => void) | undefined;
  /** How long to wait, in milliseconds. Default: without an end. */
  readonly limit?: number | undefined;
}

/**
 * Tries again and again to take a lock. Unlike the system's own waiting, this can be ended.
 *
 * @param attempt Takes the lock, or gives `undefined` while another process has it.
 * @param options How to wait.
 * @returns The lock; `undefined` if the time is over.
 * @throws What the attempt throws, or the signal's reason.
 */
export async function pollLock<Lock>(
  attempt: () => Promise<Lock | undefined>,
  { signal, onWait, limit = Infinity }: PollLockOptions = {},
): Promise<Lock | undefined> {
  const end = performance.now() + limit;
  for (let pause = FIRST_PAUSE_MS, first = true;; first = false) {
    signal?.throwIfAborted();
    const lock = await attempt();
    if (lock !== undefined) return lock;
    if (performance.now() >= end) return undefined;
    if (first) onWait?.();
    await new Promise((resolve) => setTimeout(resolve, pause));
    pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
  }
}
