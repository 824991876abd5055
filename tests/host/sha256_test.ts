import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { sha256 } from "../../lib/host/mod.ts";

Deno.test("sha256() hashes bytes and texts as everybody else does", async () => {
  for (const text of ["", "abc", "ümläut"]) {
    const expected = createHash("sha256").update(text).digest("hex");
    assert.equal((await sha256(text)).toHex(), expected);
    assert.equal((await sha256(new TextEncoder().encode(text))).toHex(), expected);
  }
});
