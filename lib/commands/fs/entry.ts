import type { FileInfo, Timespec } from "../../ext4/mod.ts";
import { printable } from "../../ui/mod.ts";

/** The kinds of files, in words: those that `find -printf %y` and `stat` tell apart. */
export type EntryType =
  | "file"
  | "directory"
  | "symlink"
  | "block-device"
  | "character-device"
  | "fifo"
  | "socket"
  | "unknown";

const LETTERS: Readonly<Record<EntryType, string>> = {
  "file": "-",
  "directory": "d",
  "symlink": "l",
  "block-device": "b",
  "character-device": "c",
  "fifo": "p",
  "socket": "s",
  "unknown": "?",
};

/** The kind of a file. */
export function typeOf(info: FileInfo): EntryType {
  if (info.isFile) return "file";
  if (info.isDirectory) return "directory";
  if (info.isSymlink) return "symlink";
  if (info.isBlockDevice) return "block-device";
  if (info.isCharDevice) return "character-device";
  if (info.isFifo) return "fifo";
  if (info.isSocket) return "socket";
  return "unknown";
}

/** The permission bits in octal, four digits: `0755`, `4755`. */
export function formatMode(info: FileInfo): string {
  return (info.mode & 0o7777).toString(8).padStart(4, "0");
}

/** The type and the permissions as `ls -l` shows them: `drwxr-xr-x`. */
export function formatPermissions(info: FileInfo): string {
  const { mode } = info;
  const triple = (shift: number, special: boolean, letter: string) => {
    const bits = mode >> shift;
    const execute = (bits & 1) !== 0;
    const last = special ? (execute ? letter : letter.toUpperCase()) : execute ? "x" : "-";
    return `${bits & 4 ? "r" : "-"}${bits & 2 ? "w" : "-"}${last}`;
  };
  return LETTERS[typeOf(info)] + triple(6, (mode & 0o4000) !== 0, "s") +
    triple(3, (mode & 0o2000) !== 0, "s") + triple(0, (mode & 0o1000) !== 0, "t");
}

/** The last result of {@linkcode formatTime}: many files share their time, and a date takes longer than the rest of a line. */
let last = { seconds: NaN, nanoseconds: NaN, text: "" };

/** A time as ISO 8601 in UTC, the fraction as long as it has to be: `2026-07-01T12:00:00.5Z`. */
export function formatTime({ seconds, nanoseconds }: Timespec): string {
  if (seconds === last.seconds && nanoseconds === last.nanoseconds) return last.text;
  const date = new Date(seconds * 1000).toISOString().slice(0, -".000Z".length);
  const digits = String(nanoseconds).padStart(9, "0").replace(/0+$/, "");
  last = { seconds, nanoseconds, text: digits === "" ? `${date}Z` : `${date}.${digits}Z` };
  return last.text;
}

/** A name as one line of a terminal can show it: control characters as `\x1b`, the backslash doubled. */
export function printableName(name: string): string {
  return printable(name.replaceAll("\\", "\\\\"));
}
