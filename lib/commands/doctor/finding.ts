import { adviceFor } from "../advice.ts";

/** What was found out about one thing. */
export interface Finding {
  /** What was looked at. */
  readonly check: string;
  /** `missing` keeps images of this machine's platform from booting; a `note` does not. */
  readonly state: "ok" | "note" | "missing";
  /** What was found. */
  readonly finding: string;
  /** What to do about it. */
  readonly advice?: string;
}

/** The finding that an error is, with the error's advice where it has one. */
export function findingOf(error: unknown, check: string, state: Finding["state"]): Finding {
  if (!(error instanceof Error)) throw error;
  const advice = adviceFor(error);
  return { check, state, finding: error.message, ...advice !== undefined && { advice } };
}
