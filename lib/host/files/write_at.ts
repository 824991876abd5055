import { writeAll } from "./write_all.ts";

/**
 * Writes all of some bytes at an offset of a file.
 *
 * @param file The file, open for writing; its position is changed.
 * @param offset Where, in bytes from the file's start.
 * @param bytes What to write.
 */
export async function writeAt(
  file: Deno.FsFile,
  offset: number,
  bytes: Uint8Array,
): Promise<void> {
  await file.seek(offset, Deno.SeekMode.Start);
  await writeAll(file, bytes);
}
