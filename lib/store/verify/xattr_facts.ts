import { createHash } from "node:crypto";
import type { TargetType } from "../../oci/mod.ts";
import { ACLS, DEFAULT_ACL, keptAcl } from "./posix_acl.ts";

/** Up to this size a value is kept as it is. */
const MAX_KEPT = 64;

/**
 * Extended attributes as sorted texts, `name=value`, small whatever the values are: of a large one there are the size
 * and the SHA-256. What the kernel would not set on such a file is left out.
 */
export function xattrFacts(xattrs: ReadonlyMap<string, Uint8Array>, type: TargetType): string[] {
  const facts: string[] = [];
  for (const [name, value] of xattrs) {
    if (!isPossible(name, type)) continue;
    const kept = isAcl(name) ? keptAcl(name, value) : value;
    if (kept !== undefined) facts.push(`${name}=${describe(kept)}`);
  }
  return facts.sort();
}

/** Sources: `xattr(7)`; `ext4_xattr_handlers` in the kernel's `fs/ext4/xattr.c`. */
function isPossible(name: string, type: TargetType): boolean {
  if (/^(trusted|security)\../s.test(name)) return true;
  if (/^user\../s.test(name)) return type === "file" || type === "directory";
  return isAcl(name) && type !== "symlink" && (name !== DEFAULT_ACL || type === "directory");
}

function isAcl(name: string): boolean {
  return ACLS.some((acl) => acl === name);
}

function describe(value: Uint8Array): string {
  if (value.length <= MAX_KEPT) return value.toHex() || "(empty)";
  return `${value.length} bytes, sha256 ${createHash("sha256").update(value).digest("hex")}`;
}
