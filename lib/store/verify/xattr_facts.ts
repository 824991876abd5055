import { createHash } from "node:crypto";

/** Up to this size a value is kept as it is. */
const MAX_KEPT = 64;

/**
 * Extended attributes as sorted texts, `name=value`, small whatever the values are: of a large one there are the size
 * and the SHA-256.
 */
export function xattrFacts(xattrs: ReadonlyMap<string, Uint8Array>): string[] {
  return Array.from(xattrs, ([name, value]) => `${name}=${describe(value)}`).sort();
}

function describe(value: Uint8Array): string {
  if (value.length <= MAX_KEPT) return value.toHex() || "(empty)";
  return `${value.length} bytes, sha256 ${createHash("sha256").update(value).digest("hex")}`;
}
