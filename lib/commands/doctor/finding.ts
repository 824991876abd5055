import { adviceFor } from "../advice.ts";

/** The result of one check. */
export interface Finding {
  /** The name of what was checked. */
  readonly check: string;
  /** With `missing`, images for this machine's platform cannot boot; with `note`, they can. */
  readonly state: "ok" | "note" | "missing";
  /** What was found. */
  readonly finding: string;
  /** What to do about it. */
  readonly advice?: string;
}

/** Turns an error into a finding, with its advice if it has some. */
export function findingOf(error: unknown, check: string, state: Finding["state"]): Finding {
  if (!(error instanceof Error)) throw error;
  const advice = adviceFor(error);
  return { check, state, finding: error.message, ...advice !== undefined && { advice } };
}
