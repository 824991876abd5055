/**
 * Frees the memory of bytes that nobody has a use for any more. The garbage collector would be late: it does not see how
 * much memory an array of bytes is.
 */
export function freeMemory(bytes: Uint8Array<ArrayBuffer> | Uint32Array<ArrayBuffer>): void {
  bytes.buffer.transfer(0);
}
