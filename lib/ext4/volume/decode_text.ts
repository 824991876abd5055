// Without `ignoreBOM` a name that begins with U+FEFF would lose it.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Bytes as text. Bytes that are not UTF-8 are U+FFFD in it. */
export function decodeText(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
