import assert from "node:assert/strict";
import { Tail } from "../../../lib/host/mod.ts";

Deno.test("Tail keeps the last bytes, whatever pieces they come in", async (t) => {
  const text = "abcdefghijklmnopqrstuvwxyz".repeat(4);
  for (const pieces of [1, 3, 7, 8, 9, 16, 17, 100, 104]) {
    await t.step(`pieces of ${pieces} bytes`, () => {
      const tail = new Tail(8);
      for (let end = 0; end < text.length; end += pieces) {
        tail.push(new TextEncoder().encode(text.slice(end, end + pieces)));
        const seen = text.slice(0, end + pieces);
        assert.equal(new TextDecoder().decode(tail.bytes), seen.slice(-8));
      }
    });
  }
  await t.step("nothing", () => {
    const tail = new Tail(8);
    tail.push(new Uint8Array());
    assert.equal(tail.bytes.length, 0);
  });
});
