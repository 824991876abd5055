/**
 * Writes all of some bytes at an offset of a file.
 *
 * @param file The file, open for writing.
 * @param offset Where, in bytes from the file's start.
 * @param bytes What to write.
 */
export async function writeAt(
  file: Deno.FsFile,
  offset: number,
  bytes: Uint8Array,
): Promise<void> {
  await file.seek(offset, Deno.SeekMode.Start);
  for (let written = 0; written < bytes.length;) {
    written += await file.write(bytes.subarray(written));
  }
}
