import { hasCode } from "../../error/mod.ts";
import type { Platform } from "../../oci/mod.ts";
import { InvalidValue } from "./invalid_value.ts";

/** A platform such as `linux/arm64`. */
export async function parsePlatform(text: string): Promise<Platform> {
  const [oci, { adviceFor }] = await Promise.all([
    import("../../oci/mod.ts"),
    import("../advice.ts"),
  ]);
  try {
    return oci.parsePlatform(text);
  } catch (error) {
    if (!hasCode(error, "invalid-platform")) throw error;
    throw new InvalidValue(text, `${error.message}. ${adviceFor(error)}`);
  }
}
