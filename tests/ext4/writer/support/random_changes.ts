import type { Ext4EntryType, Ext4Metadata } from "../../../../lib/ext4/mod.ts";
import { pattern } from "../../support/populate.ts";
import type { Model, NodeContent } from "./model.ts";

/** Numbers that look random and are the same for each seed. */
export type Random = (below: number) => number;

/** Makes them. */
export function randomOf(seed: number): Random {
  let state = Math.imul(seed, 2654435761) + 12345 >>> 0;
  return (below) => {
    state = state + 0x6d2b79f5 >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const TYPES: readonly Ext4EntryType[] = [
  ...Array<"file">(8).fill("file"),
  ...Array<"directory">(4).fill("directory"),
  "symlink",
  "symlink",
  "character-device",
  "block-device",
  "fifo",
  "socket",
];
const SIZES = [0, 1, 59, 60, 4095, 4096, 4097, 12_000, 70_000, 300_000];
const SECONDS = [-(2 ** 31), -1, 0, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 34 - 2 ** 31 - 1];
const IDS = [0, 1000, 65535, 65536, 2 ** 31, 2 ** 32 - 2];

/** Makes so many changes. */
export async function changeAtRandom(model: Model, random: Random, count: number): Promise<void> {
  for (let step = 0; step < count; step++) {
    const paths = model.paths();
    const action = random(20);
    if (action < 11 || paths.length < 4) {
      await add(model, newPath(model, random, paths), random);
      continue;
    }
    const path = paths[random(paths.length)]!;
    if (action < 13) {
      const files = paths.filter((path) => model.at(path).type !== "directory");
      const existing = files[random(files.length)];
      if (existing !== undefined) model.link(newPath(model, random, paths), existing);
    } else if (action < 16) {
      model.remove(path);
    } else if (action < 18) {
      model.remove(path);
      await add(model, path, random);
    } else {
      model.set(path, randomMetadata(random, model.at(path).type));
    }
  }
}

function newPath(model: Model, random: Random, paths: readonly string[][]): string[] {
  const folders = [[], ...paths.filter((path) => model.at(path).type === "directory")];
  const folder = folders[random(folders.length)]!;
  const { children } = model.at(folder);
  for (;;) {
    const length = random(8) === 0 ? 1 + random(255) : 1 + random(12);
    const name = Array.from({ length }, () => {
      const byte = random(4) === 0 ? 1 + random(255) : 0x61 + random(26);
      return String.fromCharCode(byte === 0x2f ? 0x2d : byte);
    }).join("");
    if (!children.has(name) && name !== "." && name !== "..") return [...folder, name];
  }
}

async function add(model: Model, path: string[], random: Random): Promise<void> {
  const type = TYPES[random(TYPES.length)]!;
  await model.add(path, type, randomMetadata(random, type), randomContent(random, type));
}

function randomContent(random: Random, type: Ext4EntryType): NodeContent {
  if (type === "symlink") {
    return { target: "t".repeat([1, 58, 59, 60, 61, 500, 4095][random(7)]!) };
  }
  if (type !== "file") {
    return {
      device: {
        major: [1, 255, 256, 4095][random(4)]!,
        minor: [0, 255, 256, 2 ** 20 - 1][random(4)]!,
      },
    };
  }
  const size = SIZES[random(SIZES.length)]! + random(3);
  if (size === 0 || random(4) > 0) return { size, seed: size + 1 };
  const ranges: { offset: number; length: number }[] = [];
  for (let offset = random(9000); offset < size; offset += random(20_000)) {
    const length = Math.min(random(9000), size - offset);
    ranges.push({ offset, length });
    offset += length;
  }
  return { size, seed: size + 1, ranges };
}

function randomMetadata(random: Random, type: Ext4EntryType): Ext4Metadata {
  const time = () => ({ seconds: SECONDS[random(7)]!, nanoseconds: random(1_000_000_000) });
  return {
    mode: type === "symlink" ? 0o777 : random(0o10000),
    uid: IDS[random(IDS.length)]!,
    gid: IDS[random(IDS.length)]!,
    mtime: time(),
    ...random(3) === 0 && { atime: time() },
    ...random(5) === 0 && { ctime: time() },
    ...random(3) === 0 && { xattrs: randomXattrs(random, type) },
  };
}

function randomXattrs(random: Random, type: Ext4EntryType): Map<string, Uint8Array> {
  const xattrs = new Map([["security.selinux", pattern(30, random(3))]]);
  for (let index = random(4); index > 0; index--) {
    // Those of a link have to fit into a block.
    const length = [0, 1, 20, 90, 1000, type === "symlink" ? 500 : 3000][random(6)]!;
    xattrs.set(`trusted.${"n".repeat(1 + random(40))}${index}`, pattern(length, random(4)));
  }
  if (type === "file" || type === "directory") {
    xattrs.set("user.comment", pattern(random(60), 2));
  }
  if (type === "file" && random(4) === 0) {
    xattrs.set("user.big", pattern([4000, 9000, 65536][random(3)]!, 3));
  }
  return xattrs;
}
