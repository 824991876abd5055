const POLYNOMIAL = 0x82f63b78;

/**
 * Entry `256 * k + b` is the checksum of byte `b` followed by `k` zero bytes, so that eight bytes need no loop. Made
 * for the first checksum: many filesystems have none.
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
 * CRC-32C (Castagnoli) as ext4 uses it: the seed goes in and the remainder comes out as they are, without the
 * inversion at both ends that most other users of CRC-32C have.
 *
 * Source: the kernel's `Documentation/filesystems/ext4/checksums.rst`.
 *
 * @param seed The value to go on from: `0xffffffff` at the start, or the checksum of the bytes before.
 * @param view The bytes.
 * @param start The first byte.
 * @param end One past the last byte.
 * @returns The checksum, an unsigned 32-bit number.
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
 * {@linkcode crc32c} of one 32-bit little-endian number, which is how an inode or group number enters a checksum.
 *
 * @param seed The value to go on from.
 * @param value An unsigned 32-bit number.
 * @returns The checksum, an unsigned 32-bit number.
 */
export function crc32cOfNumber(seed: number, value: number): number {
  number.setUint32(0, value, true);
  return crc32c(seed, number, 0, 4);
}
