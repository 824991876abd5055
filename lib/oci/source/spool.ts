import { isFolder, unwritable, writeAll } from "../../host/mod.ts";
import { StoredFile } from "./stored_file.ts";

/** Where files go that are too large for a memory filesystem, which `/tmp` often is. */
const LARGE_FILES = "/var/tmp";

/**
 * Writes chunks into a temporary file that has no name any longer: however this process ends, its space comes back.
 *
 * @param chunks What to write.
 * @param name How messages name the source.
 * @param signal Ends it when it aborts.
 * @returns The file, to be disposed of.
 * @throws {SnapvmError} `unwritable` if there is no room for it.
 */
export async function spool(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
  signal?: AbortSignal,
): Promise<StoredFile> {
  const { file, path } = await makeUnnamedFile();
  let size = 0;
  try {
    for await (const chunk of chunks) {
      signal?.throwIfAborted();
      try {
        await writeAll(file, chunk);
      } catch (cause) {
        throw unwritable(path, cause, `a temporary file for ${name}`);
      }
      size += chunk.length;
    }
    signal?.throwIfAborted();
  } catch (error) {
    file.close();
    throw error;
  }
  return new StoredFile(file, size, name);
}

async function makeUnnamedFile(): Promise<{ file: Deno.FsFile; path: string }> {
  const folder = Deno.env.get("TMPDIR") || (await isFolder(LARGE_FILES) ? LARGE_FILES : "/tmp");
  let path = folder;
  try {
    path = await Deno.makeTempFile({ dir: folder, prefix: "snapvm-" });
    try {
      return { file: await Deno.open(path, { read: true, write: true }), path };
    } finally {
      await Deno.remove(path);
    }
  } catch (cause) {
    throw unwritable(path, cause, `a temporary file in ${folder}`);
  }
}
