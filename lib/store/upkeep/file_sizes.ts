import { join } from "../../host/mod.ts";

/** In units of 512 bytes, whatever the filesystem's block size (POSIX.1-2017, st_blocks). */
const BLOCK = 512;

/** How much disk a file, or everything in a folder, takes, in bytes; 0 if it is gone. */
export async function allocatedSize(path: string): Promise<number> {
  try {
    const info = await Deno.lstat(path);
    if (!info.isDirectory) return info.blocks === null ? info.size : info.blocks * BLOCK;
    let sum = 0;
    for await (const { name } of Deno.readDir(path)) sum += await allocatedSize(join(path, name));
    return sum;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}

/** The names in a folder, sorted; none if it is not there. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** What names of blobs and snapshots are: the digits of a sha256 digest. */
export function isDigits(name: string): boolean {
  return /^[0-9a-f]{64}$/.test(name);
}
