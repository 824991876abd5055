const POLYNOMIAL = 0x82f63b78;

/**
 * Entry `256 * k + b` is the checksum of byte `b` followed by `k` zero bytes, so that eight bytes need no loop. Made
 * when first needed: many filesystems have no checksums.
 */
let tables: Int32Array<ArrayBuffer> | undefined;

function makeTables(polynomial: number): Int32Array<ArrayBuffer> {
  const tables = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) {
      value = (value & 1) !== 0 ? (value >>> 1) ^ polynomial : value >>> 1;
    }
    tables[byte] = value;
  }
  for (let index = 256; index < tables.length; index++) {
    const value = tables[index - 256]!;
    tables[index] = tables[value & 0xff]! ^ (value >>> 8);
  }
  return tables;
}

/**
 * CRC-32C (Castagnoli) as ext4 uses it, an unsigned 32-bit number. Unlike most other users of CRC-32C, ext4 inverts
 * neither the seed nor the remainder. The seed is `0xffffffff` at first, later the checksum of the bytes before.
 *
 * Source: the kernel's `Documentation/filesystems/ext4/checksums.rst`.
 */
export function crc32c(
  seed: number,
  view: DataView,
  start: number = 0,
  end: number = view.byteLength,
): number {
  const table = tables ??= makeTables(POLYNOMIAL);
  let crc = seed | 0;
  let position = start;
  for (; position + 8 <= end; position += 8) {
    const low = crc ^ view.getInt32(position, true);
    const high = view.getInt32(position + 4, true);
    crc = table[1792 + (low & 0xff)]! ^ table[1536 + ((low >>> 8) & 0xff)]! ^
      table[1280 + ((low >>> 16) & 0xff)]! ^ table[1024 + (low >>> 24)]! ^
      table[768 + (high & 0xff)]! ^ table[512 + ((high >>> 8) & 0xff)]! ^
      table[256 + ((high >>> 16) & 0xff)]! ^ table[high >>> 24]!;
  }
  for (; position < end; position++) {
    crc = table[(crc ^ view.getUint8(position)) & 0xff]! ^ (crc >>> 8);
  }
  return crc >>> 0;
}

const number = new DataView(new ArrayBuffer(8));

/**
 * {@linkcode crc32c} of one unsigned 32-bit number, little-endian, which is how an inode or group number enters a
 * checksum.
 */
export function crc32cOfNumber(seed: number, value: number): number {
  number.setUint32(0, value, true);
  return crc32c(seed, number, 0, 4);
}
