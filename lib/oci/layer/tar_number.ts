import { LayerFault } from "./layer_fault.ts";

const SPACE = 0x20;
const ZERO = 0x30;
const SEVEN = 0x37;

/**
 * Reads a number of a tar header: octal digits between spaces and NULs, or GNU's base 256, which is big endian two's
 * complement behind a bit that says so.
 *
 * @returns The number; 0 for an empty field.
 */
export function tarNumber(block: Uint8Array, offset: number, length: number): number {
  if ((block[offset]! & 0x80) !== 0) return base256(block, offset, length);
  const end = offset + length;
  let at = offset;
  while (at < end && (block[at] === SPACE || block[at] === 0)) at++;
  let value = 0;
  for (; at < end; at++) {
    const digit = block[at]!;
    if (digit < ZERO || digit > SEVEN) break;
    value = value * 8 + (digit - ZERO);
  }
  for (; at < end; at++) {
    if (block[at] !== SPACE && block[at] !== 0) {
      throw new LayerFault("bad-number", "a number in its header has a character that is no digit");
    }
  }
  return value;
}

function base256(block: Uint8Array, offset: number, length: number): number {
  const isNegative = (block[offset]! & 0x40) !== 0;
  // A negative number's complement is one less than its magnitude.
  const flip = isNegative ? 0xff : 0;
  let value = (block[offset]! ^ flip) & 0x3f;
  for (let at = offset + 1; at < offset + length; at++) {
    value = value * 256 + (block[at]! ^ flip);
    if (value >= Number.MAX_SAFE_INTEGER) {
      throw new LayerFault("bad-number", "a number in its header is too large");
    }
  }
  return isNegative ? -1 - value : value;
}
