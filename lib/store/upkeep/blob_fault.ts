import { reasonOf } from "../../error/mod.ts";

/** How much is read at once, in bytes. */
const READ_SIZE = 1 << 20;

/**
 * Reads a blob, and says what is wrong with it; `undefined` if it is what its digest says.
 *
 * @param onBytes Told how many bytes more were read.
 */
export async function blobFault(
  path: string,
  digest: string,
  onBytes: (count: number) => void,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const { createHash } = await import("node:crypto");
  const hash = createHash("sha256");
  try {
    // Before it is opened: opening a FIFO waits for a writer.
    if (!(await Deno.lstat(path)).isFile) return "it is not a file";
    using file = await Deno.open(path);
    for (const memory = new Uint8Array(READ_SIZE);;) {
      signal?.throwIfAborted();
      const count = await file.read(memory);
      if (count === null) break;
      hash.update(memory.subarray(0, count));
      onBytes(count);
    }
  } catch (error) {
    signal?.throwIfAborted();
    return `it cannot be read: ${reasonOf(error)}`;
  }
  const actual = `sha256:${hash.digest("hex")}`;
  return actual === digest ? undefined : `its bytes have the digest ${actual}`;
}
