const POLYNOMIAL = 0x04c11db7;

/** Entry `b` is the checksum of byte `b`. Made when first needed: few journals have checksums. */
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
 * CRC-32 (polynomial 0x04c11db7), highest bit first and without inversion, as the oldest journals with checksums have
 * it: an unsigned 32-bit number. The seed is `0xffffffff` at first, later the checksum of the bytes before.
 *
 * Source: the kernel's `Documentation/filesystems/ext4/journal.rst`, "JBD2_FEATURE_COMPAT_CHECKSUM".
 */
export function crc32Be(seed: number, bytes: Uint8Array): number {
  table ??= makeTable(POLYNOMIAL);
  let crc = seed | 0;
  for (const byte of bytes) {
    crc = (crc << 8) ^ table[(crc >>> 24) ^ byte]!;
  }
  return crc >>> 0;
}
