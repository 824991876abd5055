import { Corrupt, Incompatible } from "../../ext4/mod.ts";

/** Whether an error is about one thing in the image only, so that the rest can still be read. */
export function isUnreadable(error: unknown): error is Corrupt | Incompatible {
  return error instanceof Corrupt || error instanceof Incompatible;
}
