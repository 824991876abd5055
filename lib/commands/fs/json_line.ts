import type { FileInfo, WalkEntry } from "../../ext4/mod.ts";
import { formatMode, formatTime, typeOf } from "./entry.ts";
import type { LinkTarget } from "./read_target.ts";

/**
 * The JSON object of an entry, on one line.
 *
 * It is put together by hand: for an object of this size, `JSON.stringify` takes more time than everything else that a
 * listing does for an entry. Only text out of the image can need escaping.
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
  return `${start},${kindAndOwner(info)},"size":${info.size},"nlink":${info.nlink},` +
    `"ino":${info.ino},"mtime":"${formatTime(info.mtimespec)}"${target}${device}}`;
}

/** The last result of {@linkcode kindAndOwner}, since most entries share theirs with the one before. */
let last = { mode: -1, uid: -1, gid: -1, text: "" };

function kindAndOwner(info: FileInfo): string {
  const { mode, uid, gid } = info;
  if (mode !== last.mode || uid !== last.uid || gid !== last.gid) {
    const text = `"type":"${typeOf(info)}","mode":"${formatMode(info)}","uid":${uid},"gid":${gid}`;
    last = { mode, uid, gid, text };
  }
  return last.text;
}
