import type { ImageFiles } from "./image_files.ts";
import { type ArchiveMember, scanArchive } from "./scan_archive.ts";
import { sourceUnreadable } from "./source_errors.ts";
import type { StoredFile } from "./stored_file.ts";

/** More members than any image has; each takes memory. */
const MAX_MEMBERS = 100_000;
/** More links in a row than any image has. */
const MAX_LINKS = 8;

/** The files of an image in an uncompressed archive: they are read where they lie. */
export class ArchiveFiles implements ImageFiles {
  readonly name: string;
  readonly #file: StoredFile;
  readonly #members: ReadonlyMap<string, ArchiveMember>;

  private constructor(file: StoredFile, members: ReadonlyMap<string, ArchiveMember>) {
    this.name = file.name;
    this.#file = file;
    this.#members = members;
  }

  /**
   * Reads the headers of an archive.
   *
   * @param file The archive. It is closed with this, also if this fails.
   * @throws {SnapvmError} `source-unreadable` if it is damaged or cut short, or has too many members.
   */
  static async open(file: StoredFile, signal?: AbortSignal): Promise<ArchiveFiles> {
    const members = new Map<string, ArchiveMember>();
    try {
      for await (const member of scanArchive(file, file.name, signal)) {
        if (member.path !== undefined) members.set(member.path, member);
        if (members.size > MAX_MEMBERS) {
          throw sourceUnreadable(file.name, `it has more than ${MAX_MEMBERS} members`);
        }
      }
      return new ArchiveFiles(file, members);
    } catch (error) {
      file[Symbol.dispose]();
      throw error;
    }
  }

  size(path: string): Promise<number | undefined> {
    return Promise.resolve(this.#find(path)?.size);
  }

  async *open(
    path: string,
    offset: number,
    length: number,
    signal?: AbortSignal,
  ): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
    const member = this.#find(path);
    if (member === undefined) throw sourceUnreadable(this.name, `it has no ${path}`);
    yield* this.#file.chunks(
      member.offset + offset,
      Math.max(0, Math.min(length, member.size - offset)),
      signal,
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#file[Symbol.dispose]();
    return Promise.resolve();
  }

  /** Finds a file, also through links, which lead to other members and never to files of this machine. */
  #find(path: string): ArchiveMember | undefined {
    let member = this.#members.get(path);
    for (let links = 0; member?.link !== undefined; links++) {
      if (links === MAX_LINKS) return undefined;
      member = this.#members.get(member.link);
    }
    return member?.isFile ? member : undefined;
  }
}
