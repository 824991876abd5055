import { writeAllSync } from "../../host/mod.ts";
import { cpioArchive, type CpioEntry } from "./cpio.ts";

/**
 * Adds files to an initramfs on the host. The kernel unpacks one archive after the other, so the new files go behind
 * the existing ones, whatever their compression, and replace those with the same path.
 *
 * @param path The initramfs's path on the host; the file is changed, or created.
 * @param entries The files to add, folders before their content.
 * @throws {RangeError} If an entry does not fit into an archive ({@linkcode cpioArchive}).
 */
export async function appendInitramfs(path: string, entries: Iterable<CpioEntry>): Promise<void> {
  const chunks = [...cpioArchive(entries)];
  using file = await Deno.open(path, { write: true, create: true });
  const size = await file.seek(0, Deno.SeekMode.End);
  // The kernel skips NULs between two archives. Each begins at a multiple of four.
  chunks.unshift(new Uint8Array((4 - size % 4) % 4));
  for (const chunk of chunks) writeAllSync(file, chunk);
}
