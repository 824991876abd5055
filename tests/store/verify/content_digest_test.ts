import assert from "node:assert/strict";
import fc from "fast-check";
import { ContentDigest, DIGEST_SIZE } from "../../../lib/store/verify/content_digest.ts";

/** The digest of ranges of a content, each in pieces. */
function digestOf(
  content: Uint8Array,
  ranges: readonly (readonly [start: number, end: number])[],
  pieces: readonly number[],
): string {
  const digest = new ContentDigest();
  let piece = 0;
  for (const [start, end] of ranges) {
    for (let at = start; at < end;) {
      const length = Math.min(pieces[piece++ % pieces.length]!, end - at);
      digest.update(at, content.subarray(at, at + length));
      at += length;
    }
  }
  const bytes = new Uint8Array(DIGEST_SIZE + 1);
  digest.end(content.length, bytes, 1);
  return bytes.subarray(1).toHex();
}

/** Some runs of zeros and of other bytes. */
const runs = fc.array(
  fc.record({ length: fc.integer({ min: 1, max: 20_000 }), byte: fc.constantFrom(0, 0, 7, 8) }),
  { minLength: 1, maxLength: 6 },
);
const pieces = fc.array(fc.integer({ min: 1, max: 9000 }), { minLength: 1, maxLength: 5 });

function contentOf(parts: readonly { length: number; byte: number }[]): Uint8Array {
  const content = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  for (const { length, byte } of parts) content.fill(byte, end, end += length);
  return content;
}

Deno.test("ContentDigest is the same whatever the pieces are, and whether zeros are holes", () => {
  fc.assert(
    fc.property(runs, pieces, (parts, lengths) => {
      const content = contentOf(parts);
      const whole = digestOf(content, [[0, content.length]], [content.length]);
      assert.equal(digestOf(content, [[0, content.length]], lengths), whole);
      let end = 0;
      const data = parts.flatMap(({ length, byte }): [number, number][] => {
        end += length;
        return byte === 0 ? [] : [[end - length, end]];
      });
      assert.equal(digestOf(content, data, lengths), whole);
    }),
    { numRuns: 300 },
  );
});

Deno.test("ContentDigest differs if a byte or the place of a byte does", () => {
  fc.assert(
    fc.property(runs, fc.nat(), fc.nat(), (parts, change, move) => {
      const content = contentOf(parts);
      const whole = digestOf(content, [[0, content.length]], [content.length]);
      const changed = content.slice();
      changed[change % content.length]! ^= 0x80;
      assert.notEqual(digestOf(changed, [[0, content.length]], [5000]), whole);
      const moved = content.slice();
      const by = 1 + move % content.length;
      moved.set(content.subarray(by));
      moved.set(content.subarray(0, by), content.length - by);
      if (moved.every((byte, at) => byte === content[at])) return;
      assert.notEqual(digestOf(moved, [[0, content.length]], [5000]), whole);
    }),
    { numRuns: 300 },
  );
});

Deno.test("ContentDigest begins as SHA-256 does if no block is zero, and is zero if all are", async () => {
  const content = new Uint8Array(10_000).fill(3);
  const sha256 = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
  assert.equal(
    digestOf(content, [[0, content.length]], [999]),
    sha256.subarray(0, DIGEST_SIZE).toHex(),
  );
  assert.equal(digestOf(new Uint8Array(10_000), [[0, 10_000]], [999]), "0".repeat(32));
});
