import { basename, dirname, join, removeIfThere } from "../host/mod.ts";

/** A Unix socket's path has at most 104 bytes on macOS, and its usual temporary folder takes half of them. */
const PARENT = "/tmp";
const PREFIX = "snapvm-";
/** The name in a machine's folder under which its runtime folder is found again. */
const LINK = "runtime";

/**
 * Makes a private folder with a short path, for the sockets of a machine. A link in the machine's folder, made first,
 * leads to it, so that {@linkcode removeRuntimeFolder} finds it after snapvm was killed.
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
 * Finds the runtime folder of a machine.
 *
 * @param machineFolder The machine's own folder.
 * @returns Its path; `undefined` if there is none, or if another user can have made it.
 */
export async function runtimeFolder(machineFolder: string): Promise<string | undefined> {
  const path = await readLinkIfThere(join(machineFolder, LINK));
  if (path === undefined || !isOwnPath(path)) return undefined;
  const info = await Deno.lstat(path).catch(() => undefined);
  return info?.isDirectory && info.uid === Deno.uid() ? path : undefined;
}

/**
 * Removes the runtime folder of a machine and the link that leads to it. If there is none, this does nothing.
 *
 * @param machineFolder The machine's own folder.
 */
export async function removeRuntimeFolder(machineFolder: string): Promise<void> {
  const link = join(machineFolder, LINK);
  const path = await readLinkIfThere(link);
  if (path === undefined) return;
  // If the link leads anywhere else, it was not made here.
  if (isOwnPath(path)) {
    await removeIfThere(path, { recursive: true });
  }
  await removeIfThere(link);
}

function isOwnPath(path: string): boolean {
  return dirname(path) === PARENT && basename(path).startsWith(PREFIX);
}

async function readLinkIfThere(path: string): Promise<string | undefined> {
  try {
    return await Deno.readLink(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
