/** How often is looked, in milliseconds. */
const POLL_MS = 20;

/** When there is no more hope, in milliseconds: a boot is as far as that in ten seconds on an idle host. */
const LIMIT_MS = 120_000;

/** How {@linkcode waitUntil} waits. */
export interface WaitOptions {
  /** When there is no more hope, in milliseconds. */
  readonly limit?: number;
  /** How often is looked, in milliseconds. */
  readonly pause?: number;
}

/** Waits until `isTrue` is; an error after a long time in vain has the text that `describe` gives. */
export async function waitUntil(
  isTrue: () => Promise<boolean>,
  describe: () => string,
  { limit = LIMIT_MS, pause = POLL_MS }: WaitOptions = {},
): Promise<void> {
  const end = performance.now() + limit;
  while (!await isTrue()) {
    if (performance.now() > end) throw new Error(`Waited in vain:\n${describe()}`);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
