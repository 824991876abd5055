/** A UUID in its usual form, such as `1b4e28ba-2fa1-11d2-883f-0016d3cca427`, from the 16 bytes at `offset`. */
export function formatUuid(bytes: Uint8Array, offset: number): string {
  const digits = bytes.subarray(offset, offset + 16).toHex();
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    digits.slice(12, 16),
    digits.slice(16, 20),
    digits.slice(20),
  ].join("-");
}

/**
 * The 16 bytes of a UUID in that form.
 *
 * @throws {RangeError} If it is not one.
 */
export function parseUuid(text: string): Uint8Array<ArrayBuffer> {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) {
    throw new RangeError(`${JSON.stringify(text)} is not a UUID`);
  }
  return Uint8Array.fromHex(text.replaceAll("-", ""));
}
