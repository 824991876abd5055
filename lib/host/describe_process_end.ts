import type { ProcessEnd } from "./guarded_process.ts";

/** A status above this is that of a program that was ended by a signal, as every shell reports it. */
const SIGNAL_STATUS = 128;

/**
 * Says how a program ended: its last message, or its status if it said nothing.
 *
 * @param end How it ended.
 * @returns One line or a few.
 */
export function describeProcessEnd({ status, stderr }: ProcessEnd): string {
  if (stderr !== "") return stderr;
  return status > SIGNAL_STATUS
    ? `it was ended by signal ${status - SIGNAL_STATUS}`
    : `it ended with status ${status}`;
}
