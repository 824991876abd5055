import { MachOUnsupported, readSignature } from "./mod.ts";

/** What macOS wants to be granted to a program before it may use Virtualization.framework. */
export const VIRTUALIZATION_ENTITLEMENT = "com.apple.security.virtualization";

/**
 * Says whether a program's signature grants it the use of Virtualization.framework.
 *
 * @param executable The program's path.
 * @returns `undefined` where that cannot be seen: a universal program for example.
 */
export async function isEntitled(executable: string): Promise<boolean | undefined> {
  try {
    const signature = await readSignature(executable);
    return signature?.entitlements[VIRTUALIZATION_ENTITLEMENT] ?? false;
  } catch (error) {
    if (error instanceof MachOUnsupported) return undefined;
    throw error;
  }
}
