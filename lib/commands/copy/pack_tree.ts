import {
  type TarDataRange,
  tarEnd,
  tarHeader,
  type TarMember,
  type TarMemberType,
  tarPadding,
} from "../../oci/mod.ts";
import { reasonOf } from "../../error/mod.ts";
import { join, readAt } from "../../host/mod.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const PIECE = 1 << 18;
/** The unit in which filesystems have holes as a rule. */
const HOLE = 4096;
/** A file with more holes than this gets the later ones filled with zeros, to bound the memory for its map. */
const MAX_RANGES = 1 << 16;

const encoder = new TextEncoder();

/** Options for {@linkcode packTree}. */
export interface PackOptions {
  /** The name of the path's own entry; `.` for a folder whose contents only are wanted. */
  readonly name: string;
  /** Whether a symlink that the path itself is is followed. */
  readonly follow?: boolean;
  /** Is told of what cannot be packed: its path, and why. */
  readonly onProblem: (path: string, why: string) => void;
  /** Is told how many bytes were read of files. */
  readonly onBytes?: (count: number) => void;
}

/**
 * Packs a file, or a folder with all that is below it, into a PAX archive. Holes, modes, owners, times, hard links and
 * devices are kept. What vanishes meanwhile is left out.
 *
 * @param path The path on this machine.
 * @param options What its entry is called.
 */
export async function* packTree(
  path: string,
  { name, follow = false, onProblem, onBytes }: PackOptions,
): AsyncGenerator<Bytes> {
  /** The archive's paths of files that have several names. */
  const firstNames = new Map<string, Bytes>();
  // A folder's own contents only: it is not what it is copied into.
  const isContents = name === ".";
  const left: { path: string; name: string; info?: Deno.FileInfo }[] = [
    { path, name, info: await (follow ? Deno.stat : Deno.lstat)(path) },
  ];
  let begun = false;
  for (let entry = left.pop(); entry !== undefined; entry = left.pop()) {
    const isRoot = entry.path === path;
    begun = false;
    try {
      const info = entry.info ?? await Deno.lstat(entry.path);
      if (info.isDirectory) {
        const below: typeof left = [];
        for await (const child of Deno.readDir(entry.path)) {
          below.push({
            path: join(entry.path, child.name),
            name: isRoot && isContents ? child.name : `${entry.name}/${child.name}`,
          });
        }
        left.push(...below.toSorted((a, b) => a.name < b.name ? 1 : -1));
        if (!(isRoot && isContents)) yield member(info, `${entry.name}/`, "directory");
      } else {
        yield* packOther(entry.path, entry.name, info);
      }
    } catch (error) {
      // A file whose header was sent has to be sent whole.
      if (isRoot || begun) throw error;
      if (!(error instanceof Deno.errors.NotFound)) onProblem(entry.path, reasonOf(error));
      else if (entry.path.includes("\ufffd")) onProblem(entry.path, "its name is not UTF-8");
    }
  }
  yield tarEnd;

  async function* packOther(
    path: string,
    name: string,
    info: Deno.FileInfo,
  ): AsyncGenerator<Bytes> {
    const inode = `${info.dev}:${info.ino}`;
    const first = firstNames.get(inode);
    if (first !== undefined) {
      yield member(info, name, "link", { linkPath: first });
      return;
    }
    const type = typeOf(info);
    if (type === undefined) return onProblem(path, "an archive cannot have sockets");
    if (type === "file") {
      yield* packFile(path, name, info);
    } else if (type === "symlink") {
      yield member(info, name, type, { linkPath: encoder.encode(await Deno.readLink(path)) });
    } else {
      yield member(info, name, type, type === "fifo" ? {} : { device: deviceOf(info) });
    }
    if ((info.nlink ?? 1) > 1) firstNames.set(inode, encoder.encode(name));
  }

  async function* packFile(
    path: string,
    name: string,
    { size: _, ...rest }: Deno.FileInfo,
  ): AsyncGenerator<Bytes> {
    using file = await Deno.open(path);
    const info = { ...rest, size: (await file.stat()).size };
    const whole = [{ offset: 0, length: info.size }];
    const hasHoles = info.blocks !== null && info.blocks * 512 < info.size;
    const dataRanges = hasHoles ? await findRanges(file, info.size) : undefined;
    const header = member(info, name, "file", dataRanges && { dataRanges });
    begun = true;
    yield header;
    let stored = 0;
    for (const range of dataRanges ?? whole) {
      for (let done = 0; done < range.length;) {
        const piece = new Uint8Array(Math.min(PIECE, range.length - done));
        // What the file does not have any more are zeros: its size is in the archive already.
        await readUpTo(file, range.offset + done, piece);
        done += piece.length;
        onBytes?.(piece.length);
        yield piece;
      }
      stored += range.length;
    }
    yield tarPadding(stored);
  }
}

function member(
  info: Deno.FileInfo,
  name: string,
  type: TarMemberType,
  more: Partial<TarMember> = {},
): Bytes {
  return tarHeader({
    path: encoder.encode(name),
    type,
    mode: (info.mode ?? 0o644) & 0o7777,
    uid: info.uid ?? 0,
    gid: info.gid ?? 0,
    size: type === "file" ? info.size : 0,
    mtimeNs: BigInt(info.mtime?.getTime() ?? 0) * 1_000_000n,
    ...more,
  });
}

function typeOf(info: Deno.FileInfo): TarMemberType | undefined {
  if (info.isFile) return "file";
  if (info.isSymlink) return "symlink";
  if (info.isFifo) return "fifo";
  if (info.isCharDevice) return "character-device";
  return info.isBlockDevice ? "block-device" : undefined;
}

/** The numbers of a device, as Linux's and the Mac's `major(3)` take them apart. */
function deviceOf({ rdev }: Deno.FileInfo): { major: number; minor: number } {
  const device = BigInt(rdev ?? 0);
  if (Deno.build.os === "darwin") {
    return { major: Number(device >> 24n & 0xffn), minor: Number(device & 0xffffffn) };
  }
  return {
    major: Number((device >> 8n & 0xfffn) | (device >> 32n & 0xfffff000n)),
    minor: Number((device & 0xffn) | (device >> 12n & 0xffffff00n)),
  };
}

/** Finds the parts of a file that are not only zeros. Deno has no other way to see its holes. */
async function findRanges(file: Deno.FsFile, size: number): Promise<TarDataRange[]> {
  const ranges: { offset: number; length: number }[] = [];
  const piece = new Uint8Array(PIECE);
  for (let at = 0; at < size; at += PIECE) {
    const length = Math.min(PIECE, size - at);
    const bytes = piece.subarray(0, length);
    await readUpTo(file, at, bytes);
    for (let start = 0; start < length; start += HOLE) {
      const end = Math.min(start + HOLE, length);
      const last = ranges.at(-1);
      const goesOn = last !== undefined && last.offset + last.length === at + start;
      if (isZero(bytes.subarray(start, end)) && ranges.length < MAX_RANGES) continue;
      if (goesOn) last.length += end - start;
      else ranges.push({ offset: at + start, length: end - start });
    }
  }
  return ranges;
}

/** Whether bytes, 8 of which are aligned, are all zeros. */
function isZero(bytes: Bytes): boolean {
  if (bytes.length % 8 !== 0) return bytes.every((byte) => byte === 0);
  return new BigUint64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8)
    .every((word) => word === 0n);
}

/** Fills bytes with what the file has there, and with zeros behind its end. */
async function readUpTo(file: Deno.FsFile, offset: number, bytes: Bytes): Promise<void> {
  bytes.fill(0, await readAt(file, offset, bytes));
}
