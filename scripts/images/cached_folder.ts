import { createHash } from "node:crypto";
import { join } from "node:path";
import { lockFile, PartialOutput, statIfThere } from "../../lib/host/mod.ts";

/** What {@linkcode cachedFolder} keeps. */
export interface CachedFolderOptions {
  /** The folder of the whole cache. */
  readonly cache: string;
  /** The name of the one thing in it. */
  readonly name: string;
  /**
   * What it is made by: files and folders of this repository, and words. When one changes, it is made again.
   */
  readonly recipe: readonly (URL | string)[];
  /** Makes it. */
  readonly make: (paths: CachedFolderPaths) => Promise<void>;
}

/** Where {@linkcode CachedFolderOptions.make} makes what it makes. */
export interface CachedFolderPaths {
  /** What has to exist afterwards; it does not exist yet. */
  readonly folder: string;
  /** Where that folder will be once it is complete. */
  readonly destination: string;
  /** An empty folder for everything that comes up on the way; it is removed afterwards. */
  readonly work: string;
}

/**
 * Returns a folder that is expensive to make, and makes it only when it is not there already. It is complete
 * whenever it is there, whatever happened to the process that made it, and of several processes that want it at the
 * same time one makes it and the others wait.
 */
export async function cachedFolder(options: CachedFolderOptions): Promise<string> {
  const home = join(options.cache, options.name);
  const hash = createHash("sha256");
  for (const part of options.recipe) {
    if (typeof part === "string") hash.update(`\0${part}\0`);
    else await hashSource(hash, part);
  }
  const version = hash.digest("hex").slice(0, 12);
  const destination = join(home, version);
  if (await statIfThere(destination) !== undefined) return destination;

  await Deno.mkdir(home, { recursive: true });
  using _lock = await lockFile(join(home, "lock"));
  if (await statIfThere(destination) !== undefined) return destination;
  // What another recipe made, and what a process that was ended has left.
  for await (const entry of Deno.readDir(home)) {
    if (entry.name !== "lock") await Deno.remove(join(home, entry.name), { recursive: true });
  }
  const work = join(home, "work");
  await Deno.mkdir(work);
  await using output = await PartialOutput.begin(destination);
  try {
    await options.make({ folder: output.path, destination, work });
    await output.commit();
  } finally {
    await Deno.remove(work, { recursive: true });
  }
  return destination;
}

async function hashSource(hash: ReturnType<typeof createHash>, url: URL): Promise<void> {
  if ((await Deno.stat(url)).isFile) {
    hash.update(await Deno.readFile(url));
    return;
  }
  const names = Array.from(Deno.readDirSync(url), (entry) => entry.name).sort();
  for (const name of names) {
    hash.update(`\0${name}\0`);
    await hashSource(hash, new URL(`${url}/${name}`));
  }
}
