import { writeAllSync } from "../../host/mod.ts";
import { cpioArchive, type CpioEntry } from "./cpio.ts";

/**
 * Adds files to an initramfs on the host. The kernel unpacks one archive after the other, so they go behind what is
 * there, whatever its compression, and replace what has the same path.
 *
 * @param path The host's path of the initramfs, which is changed; it is made where it does not exist.
 * @param entries What to add, folders before what is in them.
 * @throws {RangeError} If an entry cannot be put into an archive ({@linkcode cpioArchive}).
 */
export async function appendInitramfs(path: string, entries: Iterable<CpioEntry>): Promise<void> {
  const chunks = [...cpioArchive(entries)];
  using file = await Deno.open(path, { write: true, create: true });
  const size = await file.seek(0, Deno.SeekMode.End);
  // The kernel skips NULs between two archives, and each begins at a multiple of four.
  chunks.unshift(new Uint8Array((4 - size % 4) % 4));
  for (const chunk of chunks) writeAllSync(file, chunk);
}
