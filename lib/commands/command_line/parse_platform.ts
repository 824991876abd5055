import { hasCode } from "../../error/mod.ts";
import { parsePlatform as parse, type Platform } from "../../oci/mod.ts";
import { adviceFor } from "../advice.ts";
import { InvalidValue } from "./invalid_value.ts";

/** A platform such as `linux/arm64`. */
export function parsePlatform(text: string): Platform {
  try {
    return parse(text);
  } catch (error) {
    if (!hasCode(error, "invalid-platform")) throw error;
    throw new InvalidValue(text, `${error.message}. ${adviceFor(error)}`);
  }
}
