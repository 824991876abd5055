import { hasCode } from "../../error/mod.ts";
import { formatReference, qualifyReference } from "../../oci/mod.ts";
import { InvalidValue } from "./invalid_value.ts";

/** A reference, completed: `docker.io/library/demo:latest` of `demo`. */
export function parseFullReference(text: string): string {
  try {
    return formatReference(qualifyReference(text));
  } catch (error) {
    if (!hasCode(error, "invalid-reference")) throw error;
    throw new InvalidValue(text, `${error.message}.`);
  }
}
