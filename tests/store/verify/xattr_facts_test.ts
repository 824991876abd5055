import assert from "node:assert/strict";
import { xattrFacts } from "../../../lib/store/verify/xattr_facts.ts";

Deno.test("xattrFacts() keeps what the kernel would set, and of large values the digest", async () => {
  const large = new Uint8Array(1000).fill(1);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", large)).toHex();
  const xattrs = new Map([
    ["user.b", Uint8Array.of(1, 255)],
    ["user.a", new Uint8Array()],
    ["user.", Uint8Array.of(1)],
    ["security.capability", large],
    ["trusted.x", Uint8Array.of(2)],
    ["system.other", Uint8Array.of(3)],
    ["system.posix_acl_default", Uint8Array.of(4)],
  ]);
  const everywhere = [`security.capability=1000 bytes, sha256 ${digest}`, "trusted.x=02"];
  const acl = "system.posix_acl_default=04";
  const user = ["user.a=(empty)", "user.b=01ff"];
  assert.deepEqual(xattrFacts(xattrs, "symlink"), everywhere);
  assert.deepEqual(xattrFacts(xattrs, "fifo"), everywhere);
  assert.deepEqual(xattrFacts(xattrs, "file"), [...everywhere, ...user]);
  assert.deepEqual(xattrFacts(xattrs, "directory"), [
    everywhere[0],
    acl,
    everywhere[1],
    ...user,
  ]);
});
