/** Entry `b` is the checksum of byte `b`. Made when first needed. */
let table: Uint16Array<ArrayBuffer> | undefined;

function makeTable(): Uint16Array<ArrayBuffer> {
  return Uint16Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) !== 0 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
    return crc;
  });
}

/**
 * CRC-16 (polynomial 0x8005, reflected), the checksum of group descriptors under the `gdt_csum` feature: an unsigned
 * 16-bit number. The seed is `0xffff` at first, later the checksum of the bytes before.
 *
 * Source: the kernel's `Documentation/filesystems/ext4/checksums.rst`.
 */
export function crc16(
  seed: number,
  view: DataView,
  start: number = 0,
  end: number = view.byteLength,
): number {
  const entries = table ??= makeTable();
  let crc = seed;
  for (let position = start; position < end; position++) {
    crc = (crc >>> 8) ^ entries[(crc ^ view.getUint8(position)) & 0xff]!;
  }
  return crc;
}
