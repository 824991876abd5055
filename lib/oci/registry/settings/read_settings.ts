import { reasonOf, SnapvmError } from "../../../error/mod.ts";

/** The largest file of settings that is read, in bytes. */
const MAX_SIZE = 4 * 1024 * 1024;

/**
 * Reads a file of settings.
 *
 * @param path Its path.
 * @returns Its text; `undefined` if it is not there.
 * @throws {SnapvmError} `registry-settings` if it cannot be read.
 */
export async function readSettings(path: string): Promise<string | undefined> {
  try {
    const { isFile, size } = await Deno.stat(path);
    if (!isFile) throw new Error("it is not a file");
    if (size > MAX_SIZE) throw new Error(`it is larger than ${MAX_SIZE} bytes`);
    return await Deno.readTextFile(path);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound || cause instanceof Deno.errors.NotADirectory) {
      return undefined;
    }
    throw invalidSettings(path, reasonOf(cause), cause);
  }
}

/** The error for a file of settings that cannot be used. The cause must not have secrets in it. */
export function invalidSettings(
  path: string,
  reason: string,
  cause?: unknown,
): SnapvmError<"registry-settings"> {
  return new SnapvmError("registry-settings", `Cannot read ${path}: ${reason}`, {
    data: { path },
    cause,
  });
}
