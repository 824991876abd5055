/** How many of the host's processors a machine gets if nothing else is said. */
const MAX_DEFAULT_CPUS = 4;

/** The memory of a machine if nothing else is said, in bytes: 2 GiB. */
export const DEFAULT_MEMORY: number = 2 * 2 ** 30;

/** How many virtual processors a machine gets if nothing else is said: those of the host, at most 4. */
export function defaultCpus(): number {
  return Math.min(navigator.hardwareConcurrency, MAX_DEFAULT_CPUS);
}
