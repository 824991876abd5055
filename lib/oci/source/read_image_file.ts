import { MAX_JSON_SIZE } from "../documents/json_value.ts";
import type { ImageFiles } from "./image_files.ts";
import { sourceUnreadable } from "./source_errors.ts";

/**
 * Reads a whole JSON document.
 *
 * @returns Its bytes; `undefined` if there is no such file.
 * @throws {SnapvmError} `source-unreadable` if it is too large to be one.
 */
export async function readImageFile(
  files: ImageFiles,
  path: string,
  signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const size = await files.size(path);
  if (size === undefined) return undefined;
  if (size > MAX_JSON_SIZE) {
    throw sourceUnreadable(files.name, `its ${path} is larger than ${MAX_JSON_SIZE} bytes`);
  }
  const bytes = new Uint8Array(size);
  let length = 0;
  for await (const chunk of files.open(path, 0, size, signal)) {
    bytes.set(chunk, length);
    length += chunk.length;
  }
  return bytes;
}
