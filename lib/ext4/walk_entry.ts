import type { Corrupt } from "./corrupt.ts";
import type { FileInfo } from "./file_info.ts";
import type { Incompatible } from "./incompatible.ts";

const SLASH = 0x2f;

/** What {@linkcode Ext4.walk} comes by: a name, with what the filesystem knows of it or why it knows nothing. */
export class WalkEntry {
  /** The path from the filesystem's root; bytes that are not UTF-8 are U+FFFD in it. */
  readonly path: string;
  /** The name, which is the end of the path; empty for the root. */
  readonly name: string;
  /** What there is to know besides the content; absent where there is an {@linkcode error}. */
  readonly info?: FileInfo;
  /** Why nothing is known of it, or why the rest of the names in it is not; absent where there is {@linkcode info}. */
  readonly error?: Corrupt | Incompatible;
  /** The path's bytes up to the name, or null where they are the encoded text. */
  readonly #folderBytes: Uint8Array<ArrayBuffer> | null;
  /** The name's bytes, or null where they are the encoded text. */
  readonly #nameBytes: Uint8Array<ArrayBuffer> | null;

  /**
   * Puts an entry together; {@linkcode Ext4.walk} does that.
   *
   * @param path The path as text.
   * @param name The name as text.
   * @param folderBytes The folder's bytes, or null where they are the encoded text.
   * @param nameBytes The name's bytes, or null where they are the encoded text.
   * @param result What there is to know, or why there is nothing.
   */
  constructor(
    path: string,
    name: string,
    folderBytes: Uint8Array<ArrayBuffer> | null,
    nameBytes: Uint8Array<ArrayBuffer> | null,
    result: FileInfo | Corrupt | Incompatible,
  ) {
    this.path = path;
    this.name = name;
    this.#folderBytes = folderBytes;
    this.#nameBytes = nameBytes;
    if (result instanceof Error) this.error = result;
    else this.info = result;
  }

  /**
   * The entry with which a walk starts.
   *
   * @param names The names of its path.
   * @param info What there is to know of it.
   * @returns The entry.
   */
  static start(names: readonly Uint8Array[], info: FileInfo): WalkEntry {
    let entry = new WalkEntry("/", "", null, null, info);
    for (const bytes of names) entry = entry.child(null, bytes.slice(), info);
    return entry;
  }

  /** The name's bytes. */
  get nameBytes(): Uint8Array<ArrayBuffer> {
    return this.#nameBytes ?? new TextEncoder().encode(this.name);
  }

  /** The path's bytes. */
  get pathBytes(): Uint8Array<ArrayBuffer> {
    return this.#exactPath() ?? new TextEncoder().encode(this.path);
  }

  /**
   * The same name with an error instead of what is known of it.
   *
   * @param error The error.
   * @returns A new entry.
   */
  withError(error: Corrupt | Incompatible): WalkEntry {
    return new WalkEntry(this.path, this.name, this.#folderBytes, this.#nameBytes, error);
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
  ): WalkEntry {
    const name = text ?? new TextDecoder().decode(bytes!);
    const path = this.path === "/" ? "/" + name : this.path + "/" + name;
    return new WalkEntry(path, name, this.#exactPath(), bytes, result);
  }

  /** The path's bytes where they may differ from the encoded text, else null. */
  #exactPath(): Uint8Array<ArrayBuffer> | null {
    if (this.#folderBytes === null && this.#nameBytes === null) return null;
    const folder = this.#folderBytes ??
      new TextEncoder().encode(this.path.slice(0, this.path.length - this.name.length));
    const start = folder.at(-1) === SLASH ? folder.length : folder.length + 1;
    const name = this.nameBytes;
    const path = new Uint8Array(start + name.length);
    path.set(folder);
    path[start - 1] = SLASH;
    path.set(name, start);
    return path;
  }
}
