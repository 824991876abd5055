import { LIBRARY_GZIP_BASE64, LIBRARY_SHA256 } from "./library_bytes.ts";
import { VirtualizationError } from "./virtualization_error.ts";

/**
 * The dylib for macOS, which is part of this program.
 *
 * @returns Its bytes, which have the hash {@linkcode LIBRARY_SHA256}.
 * @throws {VirtualizationError} If the bytes have changed since it was built.
 */
export async function libraryBytes(): Promise<Uint8Array<ArrayBuffer>> {
  const compressed = new Blob([Uint8Array.fromBase64(LIBRARY_GZIP_BASE64)]).stream();
  const bytes = await new Response(compressed.pipeThrough(new DecompressionStream("gzip"))).bytes();
  if (await hash(bytes) !== LIBRARY_SHA256) {
    throw new VirtualizationError(
      "Cannot use the library for Virtualization.framework: its bytes have changed",
    );
  }
  return bytes;
}

/** Uses Web Crypto, because loading `node:crypto` takes longer than loading the library. */
async function hash(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
