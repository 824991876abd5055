import type { Corrupt } from "../volume/corrupt.ts";
import { decodeText } from "../volume/decode_text.ts";
import type { FileInfo } from "../inode/file_info.ts";
import type { Incompatible } from "../volume/incompatible.ts";
import type { Path } from "./path.ts";
import type { WalkEntry, WalkName } from "./walk_entry.ts";

const SLASH = 0x2f;

/**
 * The one shape of all entries of a walk.
 *
 * Bytes are made only where they are asked for: nearly all names are ASCII, and nearly nobody asks.
 */
export class WalkedName implements WalkName {
  readonly path: string;
  readonly name: string;
  readonly depth: number;
  readonly info: FileInfo | undefined;
  readonly error: Corrupt | Incompatible | undefined;
  /** The path's bytes, or null where they are the encoded text. */
  readonly #pathBytes: Uint8Array<ArrayBuffer> | null;

  constructor(
    path: string,
    name: string,
    depth: number,
    pathBytes: Uint8Array<ArrayBuffer> | null,
    result: FileInfo | Corrupt | Incompatible,
  ) {
    this.path = path;
    this.name = name;
    this.depth = depth;
    this.#pathBytes = pathBytes;
    const isError = result instanceof Error;
    this.info = isError ? undefined : result;
    this.error = isError ? result : undefined;
  }

  /**
   * The entry with which a walk starts.
   *
   * @param path The path that was given, or null where it was a file.
   * @param info What there is to know of it.
   * @returns The entry.
   */
  static start(path: Path | null, info: FileInfo): WalkedName {
    const given = path === null ? new Uint8Array(0) : toBytes(path);
    let end = given.length;
    while (end > 1 && given[end - 1] === SLASH) end--;
    const bytes = given.slice(0, end);
    const text = decodeText(bytes);
    const name = text.slice(text.lastIndexOf("/") + 1);
    return new WalkedName(text, name, 0, path instanceof Uint8Array ? bytes : null, info);
  }

  get pathBytes(): Uint8Array<ArrayBuffer> {
    return this.#pathBytes?.slice() ?? toBytes(this.path);
  }

  get nameBytes(): Uint8Array<ArrayBuffer> {
    if (this.#pathBytes === null) return toBytes(this.name);
    return this.#pathBytes.slice(this.#pathBytes.lastIndexOf(SLASH) + 1);
  }

  /** This entry as those who walk see it. */
  get entry(): WalkEntry {
    // Just one of `info` and `error` is there, which a class cannot say of its fields.
    return this as WalkName as WalkEntry;
  }

  /**
   * The same name with an error instead of what is known of it.
   *
   * @param error The error.
   * @returns A new entry.
   */
  withError(error: Corrupt | Incompatible): WalkedName {
    return new WalkedName(this.path, this.name, this.depth, this.#pathBytes, error);
  }

  /**
   * An entry for a name in this folder.
   *
   * @param text The name where it is ASCII, else null.
   * @param bytes The name's bytes where it is not ASCII, else null.
   * @param result What there is to know, or why there is nothing.
   * @returns A new entry.
   */
  child(
    text: string | null,
    bytes: Uint8Array<ArrayBuffer> | null,
    result: FileInfo | Corrupt | Incompatible,
  ): WalkedName {
    const name = text ?? decodeText(bytes!);
    const path = this.path === "/" ? "/" + name : this.path + "/" + name;
    const pathBytes = this.#pathBytes === null && bytes === null
      ? null
      : this.#childBytes(bytes ?? toBytes(name));
    return new WalkedName(path, name, this.depth + 1, pathBytes, result);
  }

  #childBytes(name: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    const folder = this.#pathBytes ?? toBytes(this.path);
    const start = this.path === "/" ? 1 : folder.length + 1;
    const path = new Uint8Array(start + name.length);
    path.set(folder);
    path[start - 1] = SLASH;
    path.set(name, start);
    return path;
  }
}

function toBytes(path: Path): Uint8Array<ArrayBuffer> {
  return typeof path === "string" ? new TextEncoder().encode(path) : path.slice();
}
