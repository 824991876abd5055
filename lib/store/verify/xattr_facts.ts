import { createHash } from "node:crypto";
import { ACLS, keptAcl } from "./posix_acl.ts";

/** Up to this size a value is kept as it is. */
const MAX_KEPT = 64;

/**
 * Extended attributes as sorted texts, `name=value`, small whatever the values are: of a large one there are the size
 * and the SHA-256. ACLs are those that the kernel keeps.
 */
export function xattrFacts(xattrs: ReadonlyMap<string, Uint8Array>): string[] {
  const facts: string[] = [];
  for (const [name, value] of xattrs) {
    const isAcl = ACLS.some((acl) => acl === name);
    const kept = isAcl ? keptAcl(name, value) : value;
    if (kept !== undefined) facts.push(`${name}=${describe(kept)}`);
  }
  return facts.sort();
}

function describe(value: Uint8Array): string {
  if (value.length <= MAX_KEPT) return value.toHex() || "(empty)";
  return `${value.length} bytes, sha256 ${createHash("sha256").update(value).digest("hex")}`;
}
