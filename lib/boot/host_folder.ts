import type { ByteRange, RootFs, RootFsEntry, RootFsInfo } from "./root_fs.ts";

/** How many links the kernel follows in one path (`MAXSYMLINKS` in Linux's include/linux/namei.h). */
const MAX_LINKS = 40;
const CHUNK_SIZE = 1 << 20;

/**
 * A root filesystem that is a plain folder of the host, such as a container's unpacked layers.
 *
 * It resolves links itself, one part of the path after the other, so that absolute links and `..` stay inside the
 * folder as they would after `chroot`. This is not safe against somebody who changes the folder at the same time.
 *
 * @example
 * ```ts
 * import { HostFolder } from "@x/snapvm";
 * import assert from "node:assert/strict";
 *
 * const folder = await Deno.makeTempDir();
 * await Deno.mkdir(`${folder}/etc`);
 * await Deno.writeTextFile(`${folder}/etc/hostname`, "demo");
 * await Deno.symlink("/etc/hostname", `${folder}/name`);
 *
 * const root = new HostFolder(folder);
 * assert.equal(new TextDecoder().decode(await root.readFile("/name")), "demo");
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export class HostFolder implements RootFs {
  readonly #folder: string;

  /**
   * Remembers the folder, without reading it.
   *
   * @param folder The path on the host of the folder that becomes `/`.
   */
  constructor(folder: string) {
    this.#folder = folder || ".";
  }

  /**
   * The type and size of `path`; links are followed.
   *
   * @param path An absolute path inside the folder.
   * @returns Its type and size.
   * @throws {Deno.errors.NotFound} If there is no such path.
   * @throws {Deno.errors.FilesystemLoop} If more than 40 links lead to it.
   */
  async stat(path: string): Promise<RootFsInfo> {
    return await Deno.lstat(await this.#resolve(path, true));
  }

  /**
   * The type and size of `path` itself; a link at its end is not followed.
   *
   * @param path An absolute path inside the folder.
   * @returns Its type and size.
   * @throws {Deno.errors.NotFound} If there is no such path.
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
   * @throws {Deno.errors.NotFound} If there is no such path.
   * @throws {Deno.errors.NotADirectory} If it is not a folder.
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
   * @throws {Deno.errors.NotFound} If there is no such path.
   * @throws {Deno.errors.FilesystemLoop} If more than 40 links lead to it.
   */
  async readFile(path: string): Promise<Uint8Array<ArrayBuffer>> {
    return await Deno.readFile(await this.#resolve(path, true));
  }

  /**
   * The target of a symbolic link, unchanged.
   *
   * @param path An absolute path inside the folder.
   * @returns The target.
   * @throws {Deno.errors.NotFound} If there is no such path.
   * @throws {Deno.errors.FilesystemLoop} If more than 40 links lead to it.
   */
  async readLink(path: string): Promise<string> {
    return await Deno.readLink(await this.#resolve(path, false));
  }

  /**
   * A file's bytes in chunks of up to a MiB, all in the same memory.
   *
   * @param path An absolute path inside the folder.
   * @param range Which part of the file, in bytes; default: all of it.
   * @returns The bytes.
   * @throws {Deno.errors.NotFound} If there is no such path.
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

  /** The host's path of `path`, with all links resolved except a last one if `followLast` is false. */
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
      const here = [this.#folder, ...resolved, name].join("/");
      const isLast = waiting.every((rest) => rest === "" || rest === ".");
      const { isSymlink, isDirectory } = await Deno.lstat(here);
      if (!isSymlink || (isLast && !followLast)) {
        if (!isDirectory && !isLast) {
          throw new Deno.errors.NotADirectory(`Cannot open ${path}: ${name} is not a folder`);
        }
        resolved.push(name);
        continue;
      }
      if (++links > MAX_LINKS) {
        throw new Deno.errors.FilesystemLoop(`Cannot open ${path}: more than ${MAX_LINKS} links`);
      }
      const target = await Deno.readLink(here);
      if (target.startsWith("/")) resolved.length = 0;
      waiting.push(...target.split("/").reverse());
    }
    return [this.#folder, ...resolved].join("/");
  }
}
