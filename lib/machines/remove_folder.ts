import { dirname, join } from "../host/mod.ts";
import { removeRuntimeFolder } from "./runtime_folder.ts";

/** How the names of folders begin that are being removed. */
export const REMOVED = ".removed-";

/**
 * Takes a machine's folder away, at once and whole: what is left to do is to remove what it is named now, which takes
 * time. If that is not done, the next command does it.
 *
 * @param path The folder, whose lock the caller has.
 * @returns Its new path.
 */
export async function takeAway(path: string): Promise<string> {
  await removeRuntimeFolder(path);
  const away = join(dirname(path), `${REMOVED}${crypto.randomUUID()}`);
  await Deno.rename(path, away);
  return away;
}
