import type { Machine } from "./machine.ts";

/**
 * Ends a machine when a signal aborts, for as long as the machine runs.
 *
 * @param machine The machine.
 * @param signal The signal; it may have aborted already.
 */
export function stopOnAbort(machine: Machine, signal: AbortSignal): void {
  const stop = () => void machine.stop();
  signal.addEventListener("abort", stop);
  machine.ended.then(() => signal.removeEventListener("abort", stop));
  if (signal.aborted) stop();
}
