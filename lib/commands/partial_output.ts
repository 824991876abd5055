import { basename, dirname } from "node:path";
import { removeIfThere } from "./remove_if_there.ts";
import { Unwritable } from "./unwritable.ts";

/**
 * A file or a folder that is made beside its final place, and appears there complete or not at all.
 *
 * What a killed process left has a name of the form `.NAME.snapvm-XXXX.partial`, and is taken away by the next one
 * that writes the same NAME.
 */
export class PartialOutput implements AsyncDisposable {
  /** Where to write meanwhile; nothing is there yet. */
  readonly path: string;
  #target: string;
  #lock: Deno.FsFile;
  #lockPath: string;

  private constructor(target: string, path: string, lock: Deno.FsFile, lockPath: string) {
    this.#target = target;
    this.path = path;
    this.#lock = lock;
    this.#lockPath = lockPath;
  }

  /**
   * Prepares to make `target`, and takes away what was left of an earlier attempt. Where `target` is a link to a file,
   * that file is replaced.
   *
   * Throws an {@linkcode Unwritable} where its folder cannot be written, and where it is a device, a pipe or a socket.
   */
  static async begin(target: string): Promise<PartialOutput> {
    try {
      return await PartialOutput.#begin(await placeOf(target));
    } catch (cause) {
      if (cause instanceof Unwritable) throw cause;
      throw new Unwritable(target, cause);
    }
  }

  static async #begin(target: string): Promise<PartialOutput> {
    const folder = dirname(target);
    const prefix = `.${basename(target)}.snapvm-`;
    await removeLeftovers(folder, prefix);
    for (;;) {
      const lockPath = `${folder}/${prefix}${crypto.randomUUID().slice(0, 8)}.lock`;
      const lock = await Deno.open(lockPath, { write: true, createNew: true });
      await lock.lock(true);
      // Somebody who cleans up may have come between the two, and taken it for a leftover.
      if (await exists(lockPath)) {
        return new PartialOutput(target, lockPath.replace(/lock$/, "partial"), lock, lockPath);
      }
      lock.close();
    }
  }

  /** Puts what was written in its final place. A file that is there is replaced; a folder must be empty. */
  async commit(): Promise<void> {
    await Deno.rename(this.path, this.#target);
  }

  /** Takes away what was not committed. */
  async [Symbol.asyncDispose](): Promise<void> {
    await removeIfThere(this.path, { recursive: true });
    await Deno.remove(this.#lockPath);
    this.#lock.close();
  }
}

/**
 * Where `target` is in the end. A rename would put a file in the place of a device or of a link such as `/dev/stdout`,
 * and whoever else uses it would find that file.
 */
async function placeOf(target: string): Promise<string> {
  let info: Deno.FileInfo;
  try {
    info = await Deno.stat(target);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return target;
    throw error;
  }
  if (info.isFile || info.isDirectory) return await Deno.realPath(target);
  throw new Unwritable(
    target,
    "it is neither a file nor a folder",
    "Name a file, or one that is not there yet.",
  );
}

/** Takes away what earlier attempts left, where that is this user's to do and nobody else does it meanwhile. */
async function removeLeftovers(folder: string, prefix: string): Promise<void> {
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (!isFile || !name.startsWith(prefix) || !name.endsWith(".lock")) continue;
    try {
      await removeLeftover(`${folder}/${name}`);
    } catch (error) {
      const isOthers = error instanceof Deno.errors.NotFound ||
        error instanceof Deno.errors.PermissionDenied;
      if (!isOthers) throw error;
    }
  }
}

/** Whoever writes holds a lock, which the system lets go of when the process dies. */
async function removeLeftover(lockPath: string): Promise<void> {
  using lock = await Deno.open(lockPath, { write: true });
  if (!await lock.tryLock(true)) return;
  await removeIfThere(lockPath.replace(/lock$/, "partial"), { recursive: true });
  await Deno.remove(lockPath);
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
