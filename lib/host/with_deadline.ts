/** How long {@linkcode withDeadline} waits. */
export interface DeadlineOptions {
  /** Ends the waiting with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Ends the waiting after a time. */
  readonly limit?: {
    /** The time in milliseconds. */
    readonly milliseconds: number;
    /** Makes the error to throw then. */
    error(): Error;
  };
}

/**
 * Waits for work, but no longer than a signal or a time limit allows. The work itself goes on.
 *
 * @param work What to wait for.
 * @param options How long to wait.
 * @returns What the work gives.
 * @throws What the work throws, the signal's reason or the limit's error.
 */
export async function withDeadline<T>(
  work: Promise<T>,
  { signal, limit }: DeadlineOptions,
): Promise<T> {
  const failed = Promise.withResolvers<never>();
  const onAbort = () => failed.reject(signal?.reason);
  signal?.addEventListener("abort", onAbort);
  if (signal?.aborted) onAbort();
  const timer = limit && setTimeout(() => failed.reject(limit.error()), limit.milliseconds);
  try {
    return await Promise.race([work, failed.promise]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}
