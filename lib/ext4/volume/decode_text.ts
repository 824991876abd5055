// Without `ignoreBOM` a name that begins with U+FEFF would lose it.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Bytes as text.
 *
 * @param bytes The bytes.
 * @returns The text; what is not UTF-8 is U+FFFD in it.
 */
export function decodeText(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
