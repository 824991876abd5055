import assert from "node:assert/strict";
import { hasCode, SnapvmError } from "../../lib/error/mod.ts";

Deno.test("SnapvmError keeps the code, the data and the cause", () => {
  const cause = new Error("the reason");
  const error = new SnapvmError("invalid-reference", "Cannot read it: no", {
    data: { text: "it" },
    cause,
  });
  assert.equal(error.code, "invalid-reference");
  assert.deepEqual(error.data, { text: "it" });
  assert.equal(error.cause, cause);
  assert.equal(String(error), "SnapvmError: Cannot read it: no");
});

Deno.test("hasCode() knows the codes that were asked for", () => {
  const error = new SnapvmError("corrupt-blob", "Cannot read it: no", { data: { digest: "d" } });
  assert(hasCode(error, "invalid-digest", "corrupt-blob"));
  assert(!hasCode(error, "invalid-digest"));
  assert(!hasCode(new Error("corrupt-blob"), "corrupt-blob"));
  assert(!hasCode(undefined, "corrupt-blob"));
});
