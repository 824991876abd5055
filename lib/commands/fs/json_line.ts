import type { WalkEntry } from "../../ext4/mod.ts";
import { formatMode, formatTime, typeOf } from "./entry.ts";
import type { LinkTarget } from "./read_target.ts";

/**
 * The JSON object of an entry, without a line break.
 *
 * It is put together by hand because `JSON.stringify` takes more time for an object of this size than the rest of a
 * listing takes for the entry. Only what comes out of the image can need escaping.
 */
export function jsonLine(entry: WalkEntry, link: LinkTarget): string {
  const { path, info } = entry;
  const bytes = path.includes("\ufffd") ? `,"pathBytes":"${entry.pathBytes.toBase64()}"` : "";
  const start = `{"path":${JSON.stringify(path)}${bytes}`;
  const error = entry.error ?? link.error;
  if (info === undefined || error !== undefined) {
    return `${start},"error":${JSON.stringify(error?.message)}}`;
  }
  const target = link.target === undefined ? "" : `,"target":${JSON.stringify(link.target)}`;
  const { rdev } = info;
  const device = rdev === null ? "" : `,"device":"${rdev.major}:${rdev.minor}"`;
  return `${start},"type":"${typeOf(info)}","mode":"${formatMode(info)}",` +
    `"uid":${info.uid},"gid":${info.gid},"size":${info.size},"nlink":${info.nlink},` +
    `"ino":${info.ino},"mtime":"${formatTime(info.mtimespec)}"${target}${device}}`;
}
