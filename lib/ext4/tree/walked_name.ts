import type { Corrupt } from "../volume/corrupt.ts";
import { decodeText } from "../volume/decode_text.ts";
import type { FileInfo } from "../inode/file_info.ts";
import type { Incompatible } from "../volume/incompatible.ts";
import type { Path } from "./path.ts";
import type { WalkEntry, WalkName } from "./walk_entry.ts";

const SLASH = 0x2f;

/**
 * The entries of a walk, all of one shape.
 *
 * Bytes are made only on request: nearly all names are ASCII, and hardly anybody asks.
 */
export class WalkedName implements WalkName {
  readonly path: string;
  readonly name: string;
  readonly depth: number;
  readonly info: FileInfo | undefined;
  readonly error: Corrupt | Incompatible | undefined;
  /** The path's bytes, or null if they are the encoded text. */
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

  /** The first entry of a walk. `path` is the path that was given, or null if a file was given. */
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

  /** This entry as callers see it. */
  get entry(): WalkEntry {
    // Exactly one of `info` and `error` is there, which a class cannot say about its fields.
    return this as WalkName as WalkEntry;
  }

  /** The same name with an error in place of what is known about it. */
  withError(error: Corrupt | Incompatible): WalkedName {
    return new WalkedName(this.path, this.name, this.depth, this.#pathBytes, error);
  }

  /** An entry for a name in this folder. `text` is the name if it is ASCII, otherwise `bytes` are its bytes. */
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
