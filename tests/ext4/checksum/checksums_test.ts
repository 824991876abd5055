import assert from "node:assert/strict";
import { crc16 } from "../../../lib/ext4/checksum/crc16.ts";
import { crc32Be } from "../../../lib/ext4/checksum/crc32_be.ts";
import { crc32c, crc32cOfNumber } from "../../../lib/ext4/checksum/crc32c.ts";

/** The bytes whose CRC is the usual check value. */
const DIGITS = new TextEncoder().encode("123456789");

function viewOf(bytes: Uint8Array<ArrayBuffer>): DataView<ArrayBuffer> {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

Deno.test("crc32c() has the check value of CRC-32C, which inverts at both ends", () => {
  assert.equal(~crc32c(0xffffffff, viewOf(DIGITS)) >>> 0, 0xe3069283);
});

Deno.test("crc32c() has the values of RFC 3720, B.4", () => {
  const rows: [name: string, bytes: Uint8Array<ArrayBuffer>, crc: number][] = [
    ["32 bytes of zeros", new Uint8Array(32), 0x8a9136aa],
    ["32 bytes of ones", new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ["32 incrementing bytes", Uint8Array.from({ length: 32 }, (_, index) => index), 0x46dd794e],
    [
      "32 decrementing bytes",
      Uint8Array.from({ length: 32 }, (_, index) => 31 - index),
      0x113fdb5c,
    ],
  ];
  for (const [name, bytes, crc] of rows) {
    assert.equal(~crc32c(0xffffffff, viewOf(bytes)) >>> 0, crc, name);
  }
});

Deno.test("crc32c() goes on from any place at which it was cut", () => {
  const bytes = Uint8Array.from({ length: 100 }, (_, index) => index * 7);
  const whole = crc32c(1, viewOf(bytes));
  for (let cut = 0; cut <= bytes.length; cut++) {
    const first = crc32c(1, viewOf(bytes), 0, cut);
    assert.equal(crc32c(first, viewOf(bytes), cut), whole, `cut at ${cut}`);
  }
});

Deno.test("crc32cOfNumber() takes a number as four bytes, lowest first", () => {
  const bytes = new Uint8Array([0x78, 0x56, 0x34, 0x12]);
  assert.equal(crc32cOfNumber(7, 0x12345678), crc32c(7, viewOf(bytes)));
});

Deno.test("crc16() has the check values of CRC-16/ARC and CRC-16/MODBUS", () => {
  assert.equal(crc16(0, viewOf(DIGITS)), 0xbb3d);
  assert.equal(crc16(0xffff, viewOf(DIGITS)), 0x4b37);
});

Deno.test("crc32Be() has the check value of CRC-32/MPEG-2", () => {
  assert.equal(crc32Be(0xffffffff, DIGITS), 0x0376e6e7);
});
