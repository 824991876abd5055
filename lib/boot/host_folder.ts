import { join } from "node:path";
import type { ByteRange, RootFs, RootFsEntry, RootFsInfo } from "./root_fs.ts";

/** As many as the kernel follows in one path (`MAXSYMLINKS` in Linux's include/linux/namei.h). */
const LINKS_MAX = 40;
const CHUNK_SIZE = 1 << 20;

/**
 * A root filesystem that is a plain folder of the host, such as a container's unpacked layers.
 *
 * Every part of a path is looked at in turn and links are resolved by hand, so that a link that is absolute or climbs
 * with `..` stays inside the folder as it would after `chroot`. The folder must not be changed by somebody hostile
 * while it is read.
 */
export class HostFolder implements RootFs {
  readonly #folder: string;

  /**
   * Looks at nothing yet.
   *
   * @param folder The host's path of the folder that is to be `/`.
   */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * What `path` is, links followed.
   *
   * @param path An absolute path inside the folder.
   * @returns What stands there.
   * @throws {Deno.errors.NotFound} If nothing is there.
   * @throws {Deno.errors.FilesystemLoop} If more than 40 links lead to it.
   */
  async stat(path: string): Promise<RootFsInfo> {
    return await Deno.lstat(await this.#resolve(path, true));
  }

  /**
   * What `path` itself is, a last link not followed.
   *
   * @param path An absolute path inside the folder.
   * @returns What stands there.
   * @throws {Deno.errors.NotFound} If nothing is there.
   * @throws {Deno.errors.FilesystemLoop} If more than 40 links lead to it.
   */
  async lstat(path: string): Promise<RootFsInfo> {
    return await Deno.lstat(await this.#resolve(path, false));
  }

  /**
   * The names in a folder, in the host's order.
   *
   * @param path An absolute path inside the folder.
   * @returns The names, without `.` and `..`.
   * @throws {Deno.errors.NotFound} If nothing is there.
   * @throws {Deno.errors.NotADirectory} If it is no folder.
   * @throws {Deno.errors.FilesystemLoop} If more than 40 links lead to it.
   */
  async *readDir(path: string): AsyncIterable<RootFsEntry> {
    yield* Deno.readDir(await this.#resolve(path, true));
  }

  /**
   * A whole small file.
   *
   * @param path An absolute path inside the folder.
   * @returns Its bytes.
   * @throws {Deno.errors.NotFound} If nothing is there.
   * @throws {Deno.errors.FilesystemLoop} If more than 40 links lead to it.
   */
  async readFile(path: string): Promise<Uint8Array<ArrayBuffer>> {
    return await Deno.readFile(await this.#resolve(path, true));
  }

  /**
   * The target of a symbolic link, as it stands.
   *
   * @param path An absolute path inside the folder.
   * @returns The target.
   * @throws {Deno.errors.NotFound} If nothing is there.
   * @throws {Deno.errors.FilesystemLoop} If more than 40 links lead to it.
   */
  async readLink(path: string): Promise<string> {
    return await Deno.readLink(await this.#resolve(path, false));
  }

  /**
   * A file's bytes in chunks of up to a MiB, all in the same memory.
   *
   * @param path An absolute path inside the folder.
   * @param range The part of the file that is wanted, in bytes; all of it where absent.
   * @returns The bytes.
   * @throws {Deno.errors.NotFound} If nothing is there.
   * @throws {Deno.errors.FilesystemLoop} If more than 40 links lead to it.
   */
  async *read(path: string, range: ByteRange = {}): AsyncIterable<Uint8Array<ArrayBuffer>> {
    using file = await Deno.open(await this.#resolve(path, true));
    await file.seek(range.offset ?? 0, Deno.SeekMode.Start);
    let left = range.length ?? Infinity;
    const chunk = new Uint8Array(Math.min(CHUNK_SIZE, left));
    while (left > 0) {
      const count = await file.read(chunk.subarray(0, Math.min(chunk.length, left)));
      if (count === null) return;
      left -= count;
      yield chunk.subarray(0, count);
    }
  }

  /** The host's path of `path`, which holds no link any more unless it is the last name and `followLast` is false. */
  async #resolve(path: string, followLast: boolean): Promise<string> {
    const resolved: string[] = [];
    const waiting = path.split("/").reverse();
    let links = 0;
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      if (name === "" || name === ".") continue;
      if (name === "..") {
        resolved.pop();
        continue;
      }
      const here = join(this.#folder, ...resolved, name);
      const isLast = waiting.every((rest) => rest === "" || rest === ".");
      const { isSymlink, isDirectory } = await Deno.lstat(here);
      if (!isSymlink || (isLast && !followLast)) {
        if (!isDirectory && !isLast) {
          throw new Deno.errors.NotADirectory(`Cannot open ${path}: ${name} is not a folder`);
        }
        resolved.push(name);
        continue;
      }
      if (++links > LINKS_MAX) {
        throw new Deno.errors.FilesystemLoop(`Cannot open ${path}: more than ${LINKS_MAX} links`);
      }
      const target = await Deno.readLink(here);
      if (target.startsWith("/")) resolved.length = 0;
      waiting.push(...target.split("/").reverse());
    }
    return join(this.#folder, ...resolved);
  }
}
