import assert from "node:assert/strict";
import { printable } from "../../lib/ui/mod.ts";

Deno.test("printable() keeps text, and shows the control characters of both sets as text", () => {
  assert.equal(printable("café \\ 日本 ~\u00a0"), "café \\ 日本 ~\u00a0");
  const shown = "\\x00\\x09\\x0a\\x0d\\x1b\\x7f\\x80\\x9b\\x9f";
  assert.equal(printable("\x00\t\n\r\x1b\x7f\x80\u009b\x9f"), shown);
});
