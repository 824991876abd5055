import { LayerFault } from "../layer/layer_fault.ts";
import type { LayerMember } from "../layer/layer_member.ts";
import { TarReader } from "../layer/tar_reader.ts";
import { sourceUnreadable } from "./source_errors.ts";

const BLOCK = 512;
/** How much is read around a header: small members that follow each other need no second reading. */
const WINDOW_SIZE = 1 << 14;

const decoder = new TextDecoder();

/** Something that bytes are read out of: a file, or the beginning of one in memory. */
export interface ReadableAt {
  readonly size: number;
  read(offset: number, bytes: Uint8Array): Promise<number>;
}

/** A member of an archive, and where its data lies. */
export interface ArchiveMember {
  /** The path, without `./` before it; `undefined` if it has a `..`, by which nothing is ever found. */
  readonly path: string | undefined;
  /** Whether it is a file whose data is in the archive as it is. */
  readonly isFile: boolean;
  /** Where its data begins, in bytes from the archive's start. */
  readonly offset: number;
  /** The length of its data in bytes. */
  readonly size: number;
  /** The path of the member that it is a link to; an empty one if it leads out of the archive. */
  readonly link?: string;
}

/**
 * Reads the headers of an uncompressed tar archive, and passes over the data.
 *
 * @param file The archive.
 * @param name How messages name it.
 * @param signal Ends it when it aborts.
 * @throws {SnapvmError} `source-unreadable` if a header is damaged, or the archive ends within a member.
 */
export async function* scanArchive(
  file: ReadableAt,
  name: string,
  signal?: AbortSignal,
): AsyncGenerator<ArchiveMember, void> {
  const window = new Window(file);
  let member: Omit<ArchiveMember, "offset"> | undefined;
  const reader = new TarReader({
    member(header) {
      member = describe(header);
      return false;
    },
    data() {},
  });
  try {
    for (let at = 0; at < file.size && !reader.isAtEnd;) {
      signal?.throwIfAborted();
      const block = await window.bytes(at, BLOCK);
      if (block.length === 0) throw sourceUnreadable(name, "its archive is cut short");
      reader.push(block);
      at += block.length;
      if (member === undefined) continue;
      const found = { ...member, offset: at };
      member = undefined;
      if (at + found.size > file.size) throw sourceUnreadable(name, "its archive is cut short");
      yield found;
      at += reader.passData();
    }
    reader.end();
  } catch (cause) {
    if (!(cause instanceof LayerFault)) throw cause;
    throw sourceUnreadable(name, cause.message, cause);
  }
}

/** The last bytes that were read, in case that the next ones are among them. */
class Window {
  readonly #file: ReadableAt;
  #start = 0;
  #bytes = new Uint8Array(0);

  constructor(file: ReadableAt) {
    this.#file = file;
  }

  async bytes(offset: number, length: number): Promise<Uint8Array> {
    if (offset < this.#start || offset + length > this.#start + this.#bytes.length) {
      const bytes = new Uint8Array(WINDOW_SIZE);
      this.#bytes = bytes.subarray(0, await this.#file.read(offset, bytes));
      this.#start = offset;
    }
    return this.#bytes.subarray(offset - this.#start, offset - this.#start + length);
  }
}

function describe(member: LayerMember): Omit<ArchiveMember, "offset"> {
  const path = plainPath(decoder.decode(member.path));
  const target = decoder.decode(member.linkPath ?? new Uint8Array());
  return {
    path,
    isFile: member.type === "file" && member.dataRanges === undefined,
    size: member.dataRanges?.reduce((sum, { length }) => sum + length, 0) ?? member.size,
    ...(member.type === "link" && { link: plainPath(target) ?? "" }),
    ...(member.type === "symlink" && { link: linkTarget(path, target) ?? "" }),
  };
}

/** A path without empty names and `.`; `undefined` if it has a `..`. */
function plainPath(path: string): string | undefined {
  const names = path.split("/").filter((part) => part !== "" && part !== ".");
  return names.includes("..") ? undefined : names.join("/");
}

/** Where a symbolic link leads inside the archive. */
function linkTarget(path: string | undefined, target: string): string | undefined {
  if (path === undefined || target.startsWith("/")) return undefined;
  const names = path.split("/").slice(0, -1);
  for (const part of target.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") names.push(part);
    else if (names.pop() === undefined) return undefined;
  }
  return names.join("/");
}
