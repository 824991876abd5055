/** Sets the bits from one up to another one. */
export function setBits(bitmap: Uint8Array, from: number, to: number): void {
  let bit = from;
  for (; bit < to && (bit & 7) !== 0; bit++) bitmap[bit >>> 3]! |= 1 << (bit & 7);
  if (bit < to) bitmap.fill(0xff, bit >>> 3, to >>> 3);
  for (bit = Math.max(bit, to & ~7); bit < to; bit++) bitmap[bit >>> 3]! |= 1 << (bit & 7);
}

/** Clears the bits from one up to another one. */
export function clearBits(bitmap: Uint8Array, from: number, to: number): void {
  let bit = from;
  for (; bit < to && (bit & 7) !== 0; bit++) bitmap[bit >>> 3]! &= ~(1 << (bit & 7));
  if (bit < to) bitmap.fill(0, bit >>> 3, to >>> 3);
  for (bit = Math.max(bit, to & ~7); bit < to; bit++) bitmap[bit >>> 3]! &= ~(1 << (bit & 7));
}
