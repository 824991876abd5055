import { join } from "node:path";
import { LIBRARY_GZIP_BASE64, LIBRARY_SHA256 } from "./library_bytes.ts";
import { VirtualizationError } from "./virtualization_error.ts";

/** The library for macOS cannot be used: its bytes, or the folder that it would be in, are not to be trusted. */
export class LibraryUntrusted extends Error {
  /** Its name, for messages and `switch`. */
  override name = "LibraryUntrusted";
  /** What to do about it. */
  readonly advice: string;

  /**
   * Makes the error.
   *
   * @param message What is not to be trusted, and why.
   * @param advice What to do about it.
   */
  constructor(message: string, advice: string) {
    super(message);
    this.advice = advice;
  }
}

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

/**
 * Puts the library for macOS into a folder, unless it is there, for {@linkcode openBindings}. The system loads libraries
 * from files only. It is the same for a compiled program, for one from a registry and for a checkout.
 *
 * @param folder A folder that only this user can write to; it is made when it is not there.
 * @returns The library's path.
 * @throws {LibraryUntrusted} If somebody else can write to the folder.
 */
export async function installLibrary(folder: string): Promise<string> {
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  const { uid, mode } = await Deno.stat(folder);
  if (uid !== Deno.uid() || (mode ?? 0) & 0o022) {
    throw new LibraryUntrusted(
      `Cannot keep the library for Virtualization.framework in ${folder}: others can write to it`,
      `Take it into your own hands (chown "$USER" and chmod 700), or remove it: ${folder}`,
    );
  }
  const path = join(folder, `libsnapvm_vz-${LIBRARY_SHA256.slice(0, 16)}.dylib`);
  if (await isInstalled(path)) return path;
  const partial = `${path}.${crypto.randomUUID()}`;
  try {
    await Deno.writeFile(partial, await libraryBytes(), { mode: 0o500, createNew: true });
    await Deno.rename(partial, path);
  } catch (error) {
    await Deno.remove(partial).catch(() => {});
    throw error;
  }
  return path;
}

async function isInstalled(path: string): Promise<boolean> {
  try {
    return await hash(await Deno.readFile(path)) === LIBRARY_SHA256;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Uses Web Crypto, because loading `node:crypto` takes longer than loading the library. */
async function hash(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
