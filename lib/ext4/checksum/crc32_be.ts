const POLYNOMIAL = 0x04c11db7;

/** Entry `b` is the checksum of byte `b`. Made for the first checksum: few journals have one. */
let table: Int32Array<ArrayBuffer> | undefined;

function makeTable(polynomial: number): Int32Array<ArrayBuffer> {
  const entries = new Int32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let value = byte << 24;
    for (let bit = 0; bit < 8; bit++) {
      value = value < 0 ? (value << 1) ^ polynomial : value << 1;
    }
    entries[byte] = value;
  }
  return entries;
}

/**
 * CRC-32 (polynomial 0x04c11db7), the highest bit first, without inversion: what the oldest journals with checksums
 * have.
 *
 * Source: the kernel's `Documentation/filesystems/ext4/journal.rst`, "JBD2_FEATURE_COMPAT_CHECKSUM".
 *
 * @param seed The value to go on from: `0xffffffff` at the start, or the checksum of the bytes before.
 * @param bytes The bytes.
 * @returns The checksum, an unsigned 32-bit number.
 */
export function crc32Be(seed: number, bytes: Uint8Array): number {
  table ??= makeTable(POLYNOMIAL);
  let crc = seed | 0;
  for (const byte of bytes) {
    crc = (crc << 8) ^ table[(crc >>> 24) ^ byte]!;
  }
  return crc >>> 0;
}
