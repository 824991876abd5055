import { SnapvmError } from "../../error/mod.ts";
import { quote } from "../names/quote.ts";

/** The error for a text that is not a digest, or not one that can be verified. */
export function invalidDigest(text: string, reason: string): SnapvmError<"invalid-digest"> {
  return new SnapvmError("invalid-digest", `Cannot read ${quote(text)} as a digest: ${reason}`, {
    data: { text },
  });
}
