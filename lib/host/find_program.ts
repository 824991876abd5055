import { isAbsolute, join } from "./paths.ts";
import { statIfThere } from "./files/stat_if_there.ts";

/**
 * Finds a program as a shell does.
 *
 * @param name Its name.
 * @param path The folders to look in, as `$PATH` has them (default: `$PATH`). Relative ones do not count.
 * @returns Its path; `undefined` if there is none.
 */
export async function findProgram(
  name: string,
  path: string = Deno.env.get("PATH") ?? "",
): Promise<string | undefined> {
  for (const folder of path.split(":").filter(isAbsolute)) {
    const file = join(folder, name);
    const info = await statIfThere(file).catch(() => undefined);
    if (info?.isFile && ((info.mode ?? 0) & 0o111) !== 0) return file;
  }
  return undefined;
}
