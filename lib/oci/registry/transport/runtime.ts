/** What waiting and guessing need from outside, so that tests need not wait. */
export interface Runtime {
  /** The time in milliseconds. */
  now(): number;
  /** Waits for a time in milliseconds, or rejects with the signal's reason. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** A number from 0 to below 1. */
  random(): number;
  /** How long a peer may say nothing while we wait for it, in milliseconds. */
  readonly stallTimeout: number;
}

/** As long as Docker's and podman's clients wait for a connection and for an answer's header. */
const STALL_TIMEOUT_MS = 30_000;

/** The clock on the wall. */
export const SYSTEM_RUNTIME: Runtime = {
  now: () => Date.now(),
  sleep(milliseconds, signal) {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, milliseconds);
    const onAbort = () => reject(signal?.reason);
    if (signal?.aborted) onAbort();
    else signal?.addEventListener("abort", onAbort);
    return promise.finally(() => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    });
  },
  random: Math.random,
  stallTimeout: STALL_TIMEOUT_MS,
};
