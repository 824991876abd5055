import { hasCode, SnapvmError } from "../../error/mod.ts";
import { basename, dirname } from "../paths.ts";
import { lockFile, tryLockFile } from "./lock_file.ts";
import { removeIfThere } from "./remove_if_there.ts";
import { statIfThere } from "./stat_if_there.ts";
import { unwritable } from "./unwritable.ts";

/**
 * A file or a folder that is made beside its final place, and appears there complete or not at all.
 *
 * A process that is killed leaves a name of the form `.NAME.snapvm-XXXX.partial`, which the next one that writes the
 * same NAME removes.
 */
export class PartialOutput implements AsyncDisposable {
  /** Where to write until then; nothing is there yet. */
  readonly path: string;
  readonly #target: string;
  readonly #lock: Disposable;
  readonly #lockPath: string;

  private constructor(target: string, path: string, lock: Disposable, lockPath: string) {
    this.#target = target;
    this.path = path;
    this.#lock = lock;
    this.#lockPath = lockPath;
  }

  /**
   * Prepares to make a file or folder, and removes what earlier attempts have left. If `target` is a link to a file,
   * that file is replaced.
   *
   * @param target Its final place.
   * @returns The output, to be written and committed.
   * @throws {SnapvmError} `unwritable` if its folder cannot be written, or if it is a device, a pipe or a socket.
   */
  static async begin(target: string): Promise<PartialOutput> {
    try {
      const place = await placeOf(target);
      const folder = dirname(place);
      const prefix = `.${basename(place)}.snapvm-`;
      await removeLeftovers(folder, prefix);
      const path = `${folder}/${prefix}${crypto.randomUUID().slice(0, 8)}`;
      const lock = await lockFile(`${path}.lock`);
      return new PartialOutput(place, `${path}.partial`, lock, `${path}.lock`);
    } catch (cause) {
      throw hasCode(cause, "unwritable") ? cause : unwritable(target, cause);
    }
  }

  /** Puts what was written in its final place. A file that is there is replaced; a folder must be empty. */
  async commit(): Promise<void> {
    await Deno.rename(this.path, this.#target);
  }

  /** Removes what was not committed. */
  async [Symbol.asyncDispose](): Promise<void> {
    using _lock = this.#lock;
    await removeIfThere(this.path, { recursive: true });
    await Deno.remove(this.#lockPath);
  }
}

/**
 * Follows `target` if it is a link. A rename would put a file in the place of a device or of a link such as
 * `/dev/stdout`, and every other program that uses it would find that file.
 */
async function placeOf(target: string): Promise<string> {
  const info = await statIfThere(target);
  if (info === undefined) return target;
  if (info.isFile || info.isDirectory) return await Deno.realPath(target);
  throw new SnapvmError(
    "unwritable",
    `Cannot write ${target}: it is neither a file nor a folder`,
    { data: { path: target, isSpecial: true } },
  );
}

/** Removes what earlier attempts have left, unless it is another user's or still being written. */
async function removeLeftovers(folder: string, prefix: string): Promise<void> {
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (!isFile || !name.startsWith(prefix) || !name.endsWith(".lock")) continue;
    try {
      await removeLeftover(`${folder}/${name}`);
    } catch (error) {
      if (!(error instanceof Deno.errors.PermissionDenied)) throw error;
    }
  }
}

/** A process that writes holds the lock, which the system gives back when it dies. */
async function removeLeftover(lockPath: string): Promise<void> {
  using lock = await tryLockFile(lockPath);
  if (lock === undefined) return;
  await removeIfThere(lockPath.replace(/lock$/, "partial"), { recursive: true });
  await removeIfThere(lockPath);
}
