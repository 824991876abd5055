import { hasCode, type SnapvmError } from "../../error/mod.ts";

/** The failures after which an image can be brought, or its snapshot made. */
const CODES = [
  "image-not-found",
  "snapshot-not-found",
  "snapshot-broken",
  "image-unreadable",
] as const;

/** What such a failure is. */
export type Acquirable = SnapvmError<typeof CODES[number]>;

/** Whether an error says that an image, or its snapshot, is not there. */
export function isAcquirable(error: unknown): error is Acquirable {
  return hasCode(error, ...CODES);
}
