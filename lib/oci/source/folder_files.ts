import { join } from "../../host/mod.ts";
import type { ImageFiles } from "./image_files.ts";
import { sourceUnreadable, unreadableBecause } from "./source_errors.ts";
import { StoredFile } from "./stored_file.ts";

/** The files of an image in a folder. A link that leads out of the folder is refused. */
export class FolderFiles implements ImageFiles {
  readonly name: string;
  readonly #folder: string;

  /** @param folder The folder, as an absolute path without links. */
  private constructor(folder: string, name: string) {
    this.#folder = folder;
    this.name = name;
  }

  /**
   * Takes a folder.
   *
   * @throws {SnapvmError} `source-unreadable` if it is not there.
   */
  static async open(folder: string, name: string): Promise<FolderFiles> {
    try {
      const path = await Deno.realPath(folder);
      if (!(await Deno.stat(path)).isDirectory) throw sourceUnreadable(name, "it is not a folder");
      return new FolderFiles(path, name);
    } catch (cause) {
      throw unreadableBecause(name, cause);
    }
  }

  size(path: string): Promise<number | undefined> {
    return Promise.resolve().then(() => this.#find(path)?.size);
  }

  async *open(
    path: string,
    offset: number,
    length: number,
    signal?: AbortSignal,
  ): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
    const found = this.#find(path)?.path ?? join(this.#folder, path);
    using file = await StoredFile.open(found, this.name);
    yield* file.chunks(offset, length, signal);
  }

  path(path: string): string | undefined {
    return this.#find(path)?.path;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  /** Synchronous, since the path of a blob is asked for without waiting. */
  #find(path: string): { path: string; size: number } | undefined {
    try {
      const real = Deno.realPathSync(join(this.#folder, path));
      const root = this.#folder === "/" ? "/" : `${this.#folder}/`;
      if (!real.startsWith(root)) {
        throw sourceUnreadable(this.name, `its ${path} is a link that leads out of it`);
      }
      const { isFile, size } = Deno.statSync(real);
      if (!isFile) throw sourceUnreadable(this.name, `its ${path} is not a file`);
      return { path: real, size };
    } catch (cause) {
      if (cause instanceof Deno.errors.NotFound) return undefined;
      throw unreadableBecause(this.name, cause);
    }
  }
}
