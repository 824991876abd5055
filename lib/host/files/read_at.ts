/**
 * Reads bytes at an offset of a file, until they are all there or the file ends.
 *
 * @param file The file, open for reading; its position is changed.
 * @param offset Where, in bytes from the file's start.
 * @param bytes Gets what is read.
 * @returns How many bytes were read.
 */
export async function readAt(
  file: Deno.FsFile,
  offset: number,
  bytes: Uint8Array,
): Promise<number> {
  await file.seek(offset, Deno.SeekMode.Start);
  let length = 0;
  while (length < bytes.length) {
    const read = await file.read(bytes.subarray(length));
    if (read === null) break;
    length += read;
  }
  return length;
}
