const words = new Int32Array(8);

/**
 * The half MD4 of a name, as unsigned characters: the signed 32-bit number that `directoryHash` makes a hash of. It is
 * written out step by step because a folder of a million names needs a million of them.
 *
 * Source: the kernel's `fs/ext4/hash.c`, `half_md4_transform` and `str2hashbuf_unsigned`.
 */
export function halfMd4(
  bytes: Uint8Array,
  start: number,
  length: number,
  seed: Int32Array,
): number {
  let a = seed[0]!, b = seed[1]!, c = seed[2]!, d = seed[3]!;
  for (let done = 0; done < length; done += 32) {
    pack(bytes, start + done, length - done);
    const a0 = a, b0 = b, c0 = c, d0 = d;
    const w0 = words[0]!, w1 = words[1]!, w2 = words[2]!, w3 = words[3]!;
    const w4 = words[4]!, w5 = words[5]!, w6 = words[6]!, w7 = words[7]!;
    a = rotate(a + (d ^ (b & (c ^ d))) + w0, 3);
    d = rotate(d + (c ^ (a & (b ^ c))) + w1, 7);
    c = rotate(c + (b ^ (d & (a ^ b))) + w2, 11);
    b = rotate(b + (a ^ (c & (d ^ a))) + w3, 19);
    a = rotate(a + (d ^ (b & (c ^ d))) + w4, 3);
    d = rotate(d + (c ^ (a & (b ^ c))) + w5, 7);
    c = rotate(c + (b ^ (d & (a ^ b))) + w6, 11);
    b = rotate(b + (a ^ (c & (d ^ a))) + w7, 19);

    a = rotate(a + (b & c) + ((b ^ c) & d) + w1 + 0x5a827999, 3);
    d = rotate(d + (a & b) + ((a ^ b) & c) + w3 + 0x5a827999, 5);
    c = rotate(c + (d & a) + ((d ^ a) & b) + w5 + 0x5a827999, 9);
    b = rotate(b + (c & d) + ((c ^ d) & a) + w7 + 0x5a827999, 13);
    a = rotate(a + (b & c) + ((b ^ c) & d) + w0 + 0x5a827999, 3);
    d = rotate(d + (a & b) + ((a ^ b) & c) + w2 + 0x5a827999, 5);
    c = rotate(c + (d & a) + ((d ^ a) & b) + w4 + 0x5a827999, 9);
    b = rotate(b + (c & d) + ((c ^ d) & a) + w6 + 0x5a827999, 13);

    a = rotate(a + (b ^ c ^ d) + w3 + 0x6ed9eba1, 3);
    d = rotate(d + (a ^ b ^ c) + w7 + 0x6ed9eba1, 9);
    c = rotate(c + (d ^ a ^ b) + w2 + 0x6ed9eba1, 11);
    b = rotate(b + (c ^ d ^ a) + w6 + 0x6ed9eba1, 15);
    a = rotate(a + (b ^ c ^ d) + w1 + 0x6ed9eba1, 3);
    d = rotate(d + (a ^ b ^ c) + w5 + 0x6ed9eba1, 9);
    c = rotate(c + (d ^ a ^ b) + w0 + 0x6ed9eba1, 11);
    b = rotate(b + (c ^ d ^ a) + w4 + 0x6ed9eba1, 15);
    a = (a + a0) | 0;
    b = (b + b0) | 0;
    c = (c + c0) | 0;
    d = (d + d0) | 0;
  }
  return b;
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

/** Packs 32 characters into words, the first one highest, and pads with the number of those that are left. */
function pack(bytes: Uint8Array, start: number, left: number): void {
  const padding = Math.imul(left, 0x01010101);
  const used = Math.min(left, 32);
  for (let index = 0; index < 8; index++) {
    let word = padding;
    const end = Math.min(4 * index + 4, used);
    for (let at = 4 * index; at < end; at++) word = (word << 8) + bytes[start + at]!;
    words[index] = word;
  }
}
