import { basename, dirname, join } from "node:path";

/** A Unix socket's path has at most 104 bytes on macOS, and its usual temporary folder takes half of them. */
const PARENT = "/tmp";
const PREFIX = "snapvm-";
/** The name in a machine's folder under which its runtime folder is found again. */
const LINK = "runtime";

/**
 * Makes a private folder with a short path, for the sockets of a machine. A link in the machine's folder, made first,
 * leads to it: whoever cleans up after a killed snapvm finds it by {@linkcode removeRuntimeFolder}.
 *
 * @param machineFolder The machine's own folder.
 * @returns The new folder's path.
 */
export async function createRuntimeFolder(machineFolder: string): Promise<string> {
  const path = join(PARENT, `${PREFIX}${crypto.randomUUID().slice(0, 13)}`);
  await Deno.symlink(path, join(machineFolder, LINK));
  await Deno.mkdir(path, { mode: 0o700 });
  return path;
}

/**
 * Removes the runtime folder of a machine and the link that leads to it; does nothing where there is none.
 *
 * @param machineFolder The machine's own folder.
 */
export async function removeRuntimeFolder(machineFolder: string): Promise<void> {
  const link = join(machineFolder, LINK);
  try {
    const path = await Deno.readLink(link);
    // Whatever else the link points at, it was not made here.
    if (dirname(path) === PARENT && basename(path).startsWith(PREFIX)) {
      await Deno.remove(path, { recursive: true }).catch(ignoreNotFound);
    }
    await Deno.remove(link);
  } catch (error) {
    ignoreNotFound(error);
  }
}

function ignoreNotFound(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
