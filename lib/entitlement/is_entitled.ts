import { hasCode } from "../error/mod.ts";
import { readSignature } from "./read_signature.ts";

/** What a program must be granted before macOS lets it use Virtualization.framework. */
export const VIRTUALIZATION_ENTITLEMENT = "com.apple.security.virtualization";

/**
 * Says whether a program's signature grants it the use of Virtualization.framework.
 *
 * @param executable The program's path.
 * @returns Whether it does; `undefined` if that cannot be seen, as in a universal program.
 */
export async function isEntitled(executable: string): Promise<boolean | undefined> {
  try {
    const signature = await readSignature(executable);
    return signature?.entitlements[VIRTUALIZATION_ENTITLEMENT] ?? false;
  } catch (error) {
    if (hasCode(error, "macho-unsupported")) return undefined;
    throw error;
  }
}
