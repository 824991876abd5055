/**
 * `debugfs` as a witness: the only one for images that this kernel cannot mount, and for flags and generations.
 *
 * @module
 */

import { createHash } from "node:crypto";

import { type Facts, MAX_WHOLE_SIZE, showRanges, showXattrs, type Tree } from "./facts.ts";
import { debugfs } from "./programs.ts";

/** What to ask of `debugfs`: all, or only the fields of the inodes. */
export interface DebugfsQuestions {
  /** Read the contents, the links and the extended attributes too; without `"`, `\` and newlines in attributes' names. */
  readonly contents: boolean;
  /** Block size in bytes. */
  readonly blockSize: number;
}

/** Walks `image` with `debugfs`. No name in it may contain a newline. */
export async function debugfsTree(image: string, questions: DebugfsQuestions): Promise<Tree> {
  const inodes = await listPaths(image);
  const numbers = [...new Set(inodes.values())];
  const answers = await debugfs(image, numbers.map((number) => `stat <${number}>`));
  const facts = new Map(
    numbers.map((number, index) => [
      number,
      parseStat(answers[index] ?? "", questions.blockSize),
    ]),
  );
  if (questions.contents) {
    await addContents(image, facts);
    await addXattrs(image, facts);
  }
  return new Map([...inodes].map(([path, number]) => [path, facts.get(number)!]));
}

/** All paths and their inodes, a level of folders at a time. */
async function listPaths(image: string): Promise<Map<string, number>> {
  const inodes = new Map([["/", 2]]);
  let level = [["", 2]] as [string, number][];
  while (level.length > 0) {
    const answers = await debugfs(image, level.map(([, number]) => `ls -p <${number}>`));
    const next: [string, number][] = [];
    level.forEach(([folder], index) => {
      // /inode/mode/uid/gid/name/size/
      for (const line of (answers[index] ?? "").split("\n")) {
        const match = /^\/(\d+)\/(\d+)\/-?\d+\/-?\d+\/(.*)\/\d*\/$/s.exec(line);
        const [, number, mode, name] = match ?? [];
        if (number === undefined || name === "." || name === ".." || number === "0") continue;
        inodes.set(`${folder}/${name}`, Number(number));
        if (mode?.startsWith("04")) next.push([`${folder}/${name}`, Number(number)]);
      }
    });
    level = next;
  }
  return inodes;
}

const TYPES: Readonly<Record<string, number>> = {
  "FIFO": 0o010000,
  "character special": 0o020000,
  "directory": 0o040000,
  "block special": 0o060000,
  "regular": 0o100000,
  "symlink": 0o120000,
  "socket": 0o140000,
};

function parseStat(text: string, blockSize: number): Facts {
  const field = (pattern: RegExp): string => {
    const value = pattern.exec(text)?.[1];
    if (value === undefined) throw new Error(`debugfs says nothing of ${pattern}:\n${text}`);
    return value;
  };
  const type = field(/Type: ([a-zA-Z ]+?) +Mode:/);
  const size = Number(field(/Size: (\d+)/));
  const facts: Facts = {
    ino: Number(field(/^Inode: (\d+)/)),
    mode: ((TYPES[type] ?? 0) | Number.parseInt(field(/Mode: +(\d+)/), 8)).toString(8),
    flags: Number(field(/Flags: (0x[0-9a-f]+)/)),
    generation: Number(field(/Generation: (\d+)/)),
    uid: Number(field(/User: +(-?\d+)/)) >>> 0,
    gid: Number(field(/Group: +(-?\d+)/)) >>> 0,
    size,
    nlink: Number(field(/Links: (\d+)/)),
    atime: time(field(/atime: (0x\S+)/)),
    mtime: time(field(/mtime: (0x\S+)/)),
    ctime: time(field(/ctime: (0x\S+)/)),
  };
  const birthtime = /crtime: (0x\S+)/.exec(text)?.[1];
  if (birthtime !== undefined) facts.birthtime = time(birthtime);
  const device = /Device major\/minor number: (\d+):(\d+)/.exec(text);
  if (device !== null) facts.rdev = `${Number(device[1])}:${Number(device[2])}`;
  if (type === "symlink") {
    const target = /Fast link dest: "(.*)"\n$/s.exec(text)?.[1];
    if (target !== undefined) facts.target = target;
  }
  const isInline = text.includes("\nSize of inline data:");
  if (type === "regular" && !isInline) facts.ranges = parseBlocks(text, blockSize, size);
  return facts;
}

/** `0xSECONDS:EXTRA`: the two fields as they are in the inode. */
function time(text: string): bigint {
  const [seconds = "0", extra = "0"] = text.split(":");
  const bits = BigInt(`0x${extra}`);
  const whole = BigInt.asIntN(32, BigInt(seconds)) + ((bits & 3n) << 32n);
  return whole * 1_000_000_000n + (bits >> 2n);
}

/** `(0-11):1234-1245, (IND):1246, (12[u]):1250`: unwritten blocks are holes to a reader. */
function parseBlocks(text: string, blockSize: number, size: number): string {
  const list = /\n(?:EXTENTS|BLOCKS):\n(.*)/s.exec(text)?.[1] ?? "";
  const ranges = [];
  for (const [, first, last] of list.matchAll(/\((\d+)(?:-(\d+))?\):/g)) {
    const offset = Number(first) * blockSize;
    const end = Math.min((Number(last ?? first) + 1) * blockSize, size);
    if (offset < end) ranges.push({ offset, length: end - offset });
  }
  return showRanges(ranges);
}

async function addContents(image: string, all: ReadonlyMap<number, Facts>): Promise<void> {
  const links = [...all].filter(([, facts]) =>
    facts.mode?.startsWith("12") && facts.target === undefined
  );
  const targets = await debugfs(image, links.map(([number]) => `cat <${number}>`));
  links.forEach(([, facts], index) => facts.target = (targets[index] ?? "").slice(0, facts.size));

  const files = [...all].filter(([, { mode, size = 0 }]) =>
    mode?.startsWith("10") && size <= MAX_WHOLE_SIZE
  );
  await inFolder(async (folder) => {
    await debugfs(image, files.map(([number]) => `dump <${number}> ${folder}/${number}`));
    for (const [number, facts] of files) {
      // If the data is in the inode, its whole room is dumped, which may be less or more than the file.
      const dumped = await Deno.readFile(`${folder}/${number}`);
      const bytes = new Uint8Array(facts.size ?? 0);
      bytes.set(dumped.subarray(0, bytes.length));
      facts.hash = createHash("sha256").update(bytes).digest("hex");
    }
  });
}

async function addXattrs(image: string, all: ReadonlyMap<number, Facts>): Promise<void> {
  const numbers = [...all.keys()];
  const lists = await debugfs(image, numbers.map((number) => `ea_list <${number}>`));
  const wanted = numbers.flatMap((number, index) =>
    [...(lists[index] ?? "").matchAll(/^ {2}(\S+) \(\d+\)/gm)]
      .map(([, name = ""]) => ({ number, name }))
      // The rest of inline data, which the kernel does not show either.
      .filter(({ name }) => name !== "system.data")
  );
  await inFolder(async (folder) => {
    await debugfs(
      image,
      wanted.map(({ number, name }, index) => `ea_get -f ${folder}/${index} <${number}> ${name}`),
    );
    const values = new Map<number, Map<string, Uint8Array>>(
      numbers.map((number) => [number, new Map()]),
    );
    for (const [index, { number, name }] of wanted.entries()) {
      const value = await Deno.readFile(`${folder}/${index}`);
      if (name.startsWith("system.posix_acl_")) clearUnusedIds(value);
      values.get(number)?.set(name, value);
    }
    for (const [number, facts] of all) facts.xattrs = showXattrs(values.get(number)!);
  });
}

/** libext2fs has 0 instead of the kernel's -1 in an entry of an ACL that names nobody. */
function clearUnusedIds(acl: Uint8Array<ArrayBuffer>): void {
  const view = new DataView(acl.buffer);
  const [namedUser, namedGroup] = [2, 8];
  for (let position = 4; position < acl.length; position += 8) {
    const tag = view.getUint16(position, true);
    if (tag !== namedUser && tag !== namedGroup) view.setUint32(position + 4, 0xffffffff, true);
  }
}

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "snapvm-dump-" });
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
