import assert from "node:assert/strict";
import { OutputBuffer } from "../../lib/commands/output_buffer.ts";

Deno.test("OutputBuffer writes all of it in order, in few large pieces, whatever the lengths", () => {
  const pieces: string[] = [];
  const target = {
    writeSync(bytes: Uint8Array) {
      pieces.push(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
      return bytes.length;
    },
  };
  const texts = [
    "",
    "a line\n",
    "é".repeat(40_000),
    // Characters of three and four bytes, so that some do not fit into what is left.
    ...Array.from({ length: 3000 }, (_, index) => `${index} 日本 \u{1f427}\n`),
    "x".repeat(200_000),
    "the end",
  ];
  {
    using output = new OutputBuffer(target);
    for (const text of texts) output.write(text);
  }
  assert.equal(pieces.join(""), texts.join(""));
  assert.ok(pieces.length < 10, `${pieces.length} pieces`);
});
