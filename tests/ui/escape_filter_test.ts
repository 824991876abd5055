import assert from "node:assert/strict";
import fc from "fast-check";
import { EscapeFilter } from "../../lib/ui/escape_filter.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (data: Uint8Array) => new TextDecoder().decode(data);

Deno.test("EscapeFilter.push() follows the table", () => {
  const rows: [string[], string, boolean][] = [
    [["ls\r"], "ls\r", false],
    [["\x1dq"], "", true],
    [["a\x1d", "q"], "a", true],
    [["\x1d\x1dq"], "\x1dq", false],
    [["\x1dx"], "\x1dx", false],
    [["ab\x1dqcd"], "ab", true],
    [["\x03\x04"], "\x03\x04", false],
  ];
  for (const [chunks, passed, quit] of rows) {
    const filter = new EscapeFilter();
    const results = chunks.map((chunk) => filter.push(bytes(chunk)));
    assert.equal(results.map((result) => text(result.bytes)).join(""), passed);
    assert.equal(results.some((result) => result.quit), quit);
  }
});

Deno.test("EscapeFilter.push() does not depend on the chunks", () => {
  fc.assert(fc.property(
    fc.array(fc.constantFrom(0x1d, 0x71, 0x61, 0x0d), { maxLength: 12 }),
    fc.nat(12),
    (typed, cut) => {
      const whole = new EscapeFilter().push(Uint8Array.from(typed));
      const filter = new EscapeFilter();
      const first = filter.push(Uint8Array.from(typed.slice(0, cut)));
      const second = first.quit
        ? { bytes: new Uint8Array(), quit: true }
        : filter.push(Uint8Array.from(typed.slice(cut)));
      assert.deepEqual([...first.bytes, ...second.bytes], [...whole.bytes]);
      assert.equal(first.quit || second.quit, whole.quit);
    },
  ));
});
