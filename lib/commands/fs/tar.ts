import { basename } from "../../host/mod.ts";
import type { Ext4, FileInfo } from "../../ext4/mod.ts";
import {
  type TarDataRange,
  tarEnd,
  tarHeader,
  type TarMember,
  type TarMemberType,
  tarPadding,
} from "../../oci/mod.ts";
import type { ImageCommandOptions } from "../image_command_options.ts";
import { CommandFailure, ExitStatus, print } from "../../ui/mod.ts";
import { warnUnreadable } from "./warn_unreadable.ts";
import { type EntryType, printableName, typeOf } from "./entry.ts";
import { isUnreadable } from "./is_unreadable.ts";
import { openImagePath } from "./open_image_path.ts";

/** A file with more holes than this gets the smallest of them filled with zeros, to bound the memory for its map. */
const MAX_RANGES = 1 << 16;

/** `snapvm fs tar`. */
export async function tar(options: ImageCommandOptions, operand: string): Promise<void> {
  if (Deno.stdout.isTerminal()) {
    throw new CommandFailure("Cannot write a tar archive to a terminal", {
      status: ExitStatus.usage,
      advice: "Send it into a file or a program: snapvm fs tar demo:/etc | tar -t",
    });
  }
  using opened = await openImagePath(operand, options);
  const { root, path } = opened;
  const complete = await writeTree(root, path);
  if (!complete) Deno.exitCode = ExitStatus.failure;
}

/** Writes the archive, and returns whether everything could be read. */
async function writeTree(root: Ext4, path: string): Promise<boolean> {
  let complete = true;
  const firstNames = new Map<number, Uint8Array>();
  let prefix = 0;
  for await (const entry of root.walk(path)) {
    if (entry.error) {
      warnUnreadable(entry);
      complete = false;
      continue;
    }
    const { info } = entry;
    if (entry.depth === 0) prefix = info.isDirectory ? lengthOf(entry.pathBytes) : 0;
    const name = entry.depth > 0
      ? entry.pathBytes.subarray(prefix)
      : new TextEncoder().encode(info.isDirectory ? "." : basename(path));
    const type = memberType(typeOf(info));
    if (type === undefined) {
      print(`warning: ${printableName(entry.path)}: left out: tar has no sockets\n`, Deno.stderr);
      continue;
    }
    const first = firstNames.get(info.ino);
    if (first !== undefined) {
      print(tarHeader({ ...attributes(info), path: name, type: "link", size: 0, linkPath: first }));
      continue;
    }
    let member: TarMember;
    try {
      member = await describeMember(root, info, name, type);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      warnUnreadable({ path: entry.path, error });
      complete = false;
      continue;
    }
    if (info.nlink > 1 && !info.isDirectory) firstNames.set(info.ino, name);
    print(tarHeader(member));
    if (info.isFile) await writeContent(root, info, member.dataRanges);
  }
  print(tarEnd);
  return complete;
}

/** How many bytes of the path come before a name in the folder `path`. */
function lengthOf(path: Uint8Array): number {
  return path.at(-1) === 0x2f ? path.length : path.length + 1;
}

function memberType(type: EntryType): TarMemberType | undefined {
  return type === "socket" || type === "unknown" ? undefined : type;
}

function attributes(info: FileInfo): Pick<TarMember, "mode" | "uid" | "gid" | "mtimeNs"> {
  return { mode: info.mode & 0o7777, uid: info.uid, gid: info.gid, mtimeNs: info.mtimeNs };
}

/** All that the archive says about a file before its content. Any damage to the file shows here. */
async function describeMember(
  root: Ext4,
  info: FileInfo,
  name: Uint8Array,
  type: TarMemberType,
): Promise<TarMember> {
  const xattrs = await root.xattrs(info);
  const dataRanges = info.isFile ? await sparseRanges(root, info) : undefined;
  return {
    ...attributes(info),
    path: info.isDirectory ? withSlash(name) : name,
    type,
    size: info.isFile ? info.size : 0,
    ...info.isSymlink && { linkPath: await root.readLinkBytes(info) },
    ...info.rdev && { device: info.rdev },
    ...xattrs.size > 0 && { xattrs },
    ...dataRanges && { dataRanges },
  };
}

async function writeContent(
  root: Ext4,
  info: FileInfo,
  ranges: readonly TarDataRange[] = [{ offset: 0, length: info.size }],
): Promise<void> {
  let written = 0;
  for (const range of ranges) {
    for await (const bytes of root.read(info, range)) {
      print(bytes);
      written += bytes.length;
    }
  }
  print(tarPadding(written));
}

function withSlash(path: Uint8Array): Uint8Array {
  const longer = new Uint8Array(path.length + 1);
  longer.set(path);
  longer[path.length] = 0x2f;
  return longer;
}

/** The parts of a file with holes that hold data; `undefined` if it has no holes. */
async function sparseRanges(root: Ext4, info: FileInfo): Promise<TarDataRange[] | undefined> {
  let ranges: TarDataRange[] = [];
  for await (const range of root.dataRanges(info)) {
    ranges.push(range);
    if (ranges.length > MAX_RANGES) ranges = withoutSmallestHoles(ranges);
  }
  const stored = ranges.reduce((sum, { length }) => sum + length, 0);
  return stored < info.size ? ranges : undefined;
}

/** Joins ranges across the smaller half of the holes between them, which halves their number. */
function withoutSmallestHoles(ranges: readonly TarDataRange[]): TarDataRange[] {
  const holes = ranges.slice(1).map((range, index) => {
    const before = ranges[index]!;
    return range.offset - (before.offset + before.length);
  });
  const median = [...holes].sort((a, b) => a - b)[holes.length >> 1]!;
  const kept: TarDataRange[] = [ranges[0]!];
  for (const [index, range] of ranges.slice(1).entries()) {
    const last = kept.at(-1)!;
    if (holes[index]! > median) {
      kept.push(range);
      continue;
    }
    const length = range.offset + range.length - last.offset;
    kept[kept.length - 1] = { offset: last.offset, length };
  }
  return kept;
}
