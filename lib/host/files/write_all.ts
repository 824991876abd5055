/**
 * Writes all of some bytes; `write` alone may take fewer.
 *
 * @param target A file or a connection.
 * @param bytes What to write.
 */
export async function writeAll(
  target: { write(bytes: Uint8Array): Promise<number> },
  bytes: Uint8Array,
): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await target.write(bytes.subarray(written));
  }
}

/**
 * Writes all of some bytes at once; `writeSync` alone may take fewer.
 *
 * @param target A file or a stream such as `Deno.stdout`.
 * @param bytes What to write.
 */
export function writeAllSync(
  target: { writeSync(bytes: Uint8Array): number },
  bytes: Uint8Array,
): void {
  for (let written = 0; written < bytes.length;) {
    written += target.writeSync(bytes.subarray(written));
  }
}
