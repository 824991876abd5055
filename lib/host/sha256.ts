/**
 * Computes the SHA-256 of some bytes or of a text. Unlike `node:crypto`, what this uses is loaded already.
 *
 * @param data The bytes, or the text, which is hashed as UTF-8.
 * @returns 32 bytes.
 */
export async function sha256(
  data: Uint8Array<ArrayBuffer> | string,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}
