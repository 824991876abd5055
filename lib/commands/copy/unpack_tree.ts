import { SnapvmError } from "../../error/mod.ts";
import { type LayerMember, type LayerVisitor, readTar } from "../../oci/mod.ts";
import { exactText } from "../fs/exact_text.ts";

/** Options for {@linkcode unpackTree}. */
export interface UnpackOptions {
  /** Whether owners and set-id bits are kept, which only root can. Default: false. */
  readonly keepOwners?: boolean;
  /** Is told of what is left out: its path in the archive, and why. `isLoss` is false for what no copy could have. */
  readonly onProblem: (path: string, why: string, isLoss: boolean) => void;
  /** Is told how many bytes were written to files. */
  readonly onBytes?: (count: number) => void;
}

/** A folder whose mode and time are set when everything is in it. */
interface Folder {
  readonly place: string;
  readonly member: Kept;
}

type Kept = Pick<LayerMember, "mode" | "uid" | "gid" | "mtime">;

/**
 * Unpacks an archive with one entry, or one folder and what is in it, to a place on this machine. Nothing is written
 * anywhere else, whatever the archive says: no link is followed, and what is there is replaced by what is new unless one of
 * the two is a folder.
 *
 * @param archive The archive; the paths of its members begin with `name`.
 * @param name The name of its first member.
 * @param place Where that goes. A folder that is there gets what it has not yet.
 * @param options What is kept.
 */
export async function unpackTree(
  archive: AsyncIterable<Uint8Array>,
  name: string,
  place: string,
  options: UnpackOptions,
): Promise<void> {
  const unpacking = new Unpacking(name, place, options);
  try {
    await readTar(archive, unpacking);
    unpacking.finish();
  } finally {
    unpacking[Symbol.dispose]();
  }
}

class Unpacking implements LayerVisitor, Disposable {
  readonly #name: string;
  readonly #place: string;
  readonly #options: UnpackOptions;
  /** Folders that are known to be no links. Nothing replaces a folder. */
  readonly #safe = new Set<string>();
  readonly #folders: Folder[] = [];
  #file: { place: string; handle: Deno.FsFile; member: LayerMember } | undefined;
  /** The ranges of the file that are to come, and how much of the first one has. */
  #ranges: { offset: number; length: number }[] = [];

  constructor(name: string, place: string, options: UnpackOptions) {
    this.#name = name;
    this.#place = place;
    this.#options = options;
  }

  member(member: LayerMember): boolean {
    this.#endFile();
    const path = exactText(member.path);
    if (path === undefined) return this.#leaveOut(member, "its name is not UTF-8");
    const place = this.#placeOf(path);
    if (place === undefined) throw hostile(path, "it is not below what was asked for");
    if (!this.#hasFolder(place)) return this.#leaveOut(member, "the folder that it is in is none");
    switch (member.type) {
      case "directory":
        this.#makeFolder(path, place, member);
        return false;
      case "file":
        this.#beginFile(path, place, member);
        return true;
      case "symlink": {
        const target = exactText(member.linkPath!);
        if (target === undefined) {
          return this.#leaveOut(member, "what it points to is not UTF-8");
        }
        this.#clear(path, place);
        Deno.symlinkSync(target, place);
        return false;
      }
      case "link": {
        const target = exactText(member.linkPath!);
        const existing = target === undefined ? undefined : this.#placeOf(target);
        if (existing === undefined) throw hostile(path, "it links to something else");
        if (existing === place) return false;
        if (!this.#hasFolder(existing) || !lstat(existing)?.isFile) {
          return this.#leaveOut(member, "what it is another name of was left out");
        }
        this.#clear(path, place);
        Deno.linkSync(existing, place);
        return false;
      }
      default:
        return this.#leaveOut(member, `it is a ${member.type}`, false);
    }
  }

  data(bytes: Uint8Array): void {
    const { handle } = this.#file!;
    this.#options.onBytes?.(bytes.length);
    for (let done = 0; done < bytes.length;) {
      const range = this.#ranges[0]!;
      const piece = bytes.subarray(done, done + range.length);
      handle.seekSync(range.offset, Deno.SeekMode.Start);
      for (let written = 0; written < piece.length;) {
        written += handle.writeSync(piece.subarray(written));
      }
      done += piece.length;
      range.offset += piece.length;
      range.length -= piece.length;
      if (range.length === 0) this.#ranges.shift();
    }
  }

  /** Sets what could not be set while folders were filled. */
  finish(): void {
    this.#endFile();
    for (const { place, member } of this.#folders.reverse()) this.#apply(place, member);
  }

  [Symbol.dispose](): void {
    this.#file?.handle.close();
    this.#file = undefined;
  }

  #leaveOut({ path }: LayerMember, why: string, isLoss = true): false {
    this.#options.onProblem(new TextDecoder().decode(path), why, isLoss);
    return false;
  }

  /** The place of a path of the archive; `undefined` if it is not below the archive's first member. */
  #placeOf(path: string): string | undefined {
    if (path === this.#name) return this.#place;
    if (!path.startsWith(`${this.#name}/`)) return undefined;
    const parts = path.slice(this.#name.length + 1).split("/");
    if (parts.some((part) => part === "" || part === "." || part === "..")) return undefined;
    return `${this.#place === "/" ? "" : this.#place}/${parts.join("/")}`;
  }

  /** Whether the folder that a place is in is one, and below the archive's own, without a link on the way. */
  #hasFolder(place: string): boolean {
    if (place === this.#place) return true;
    const folder = place.slice(0, place.lastIndexOf("/")) || "/";
    if (this.#safe.has(folder)) return true;
    if (!this.#hasFolder(folder) || !lstat(folder)?.isDirectory) return false;
    this.#safe.add(folder);
    return true;
  }

  #makeFolder(path: string, place: string, { mode, uid, gid, mtime }: LayerMember): void {
    // The place itself may be a link to a folder: it is the user's.
    const existing = place === this.#place ? stat(place) : lstat(place);
    if (existing === undefined) Deno.mkdirSync(place, { mode: 0o700 });
    else if (!existing.isDirectory) throw inTheWay(path, place, "it is not a folder");
    this.#safe.add(place);
    // A folder that was there stays as it is.
    if (existing === undefined) this.#folders.push({ place, member: { mode, uid, gid, mtime } });
  }

  #beginFile(path: string, place: string, member: LayerMember): void {
    this.#clear(path, place);
    const handle = Deno.openSync(place, { write: true, createNew: true, mode: 0o600 });
    this.#file = { place, handle, member };
    this.#ranges = (member.dataRanges ?? [{ offset: 0, length: member.size }])
      .filter(({ length }) => length > 0).map((range) => ({ ...range }));
    if (member.dataRanges !== undefined) handle.truncateSync(member.size);
  }

  #endFile(): void {
    if (this.#file === undefined) return;
    const { place, handle, member } = this.#file;
    handle.close();
    this.#file = undefined;
    this.#apply(place, member);
  }

  #apply(place: string, { mode, uid, gid, mtime }: Kept): void {
    const keepOwners = this.#options.keepOwners === true;
    if (keepOwners) Deno.chownSync(place, uid, gid);
    const time = mtime.seconds + mtime.nanoseconds / 1e9;
    Deno.utimeSync(place, time, time);
    // With set-id bits, anyone who runs the copy would get its new owner's rights.
    Deno.chmodSync(place, keepOwners ? mode : mode & 0o1777);
  }

  /** Removes what is at a place, unless it is a folder. */
  #clear(path: string, place: string): void {
    const existing = lstat(place);
    if (existing === undefined) return;
    if (existing.isDirectory) throw inTheWay(path, place, "it is a folder");
    Deno.removeSync(place);
  }
}

function lstat(path: string): Deno.FileInfo | undefined {
  return statWith(Deno.lstatSync, path);
}

function stat(path: string): Deno.FileInfo | undefined {
  return statWith(Deno.statSync, path);
}

function statWith(
  how: (path: string) => Deno.FileInfo,
  path: string,
): Deno.FileInfo | undefined {
  try {
    return how(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function hostile(path: string, why: string): SnapvmError<"corrupt-archive"> {
  const quoted = JSON.stringify(path);
  return new SnapvmError("corrupt-archive", `Cannot unpack ${quoted} of the archive: ${why}`, {
    data: { rule: "outside", path },
  });
}

function inTheWay(path: string, place: string, why: string): SnapvmError<"unwritable"> {
  const quoted = JSON.stringify(path);
  return new SnapvmError("unwritable", `Cannot copy ${quoted} to ${place}: ${why}`, {
    data: { path: place, isSpecial: false },
  });
}
