/**
 * Seeded damage to an image's metadata: the same seed does the same damage.
 *
 * @module
 */

import { fixChecksums } from "./fix_checksums.ts";
import type { HostileImage, Structure } from "./hostile_images.ts";

/** Damages a copy of `pristine`; returns it and what was done, in words. */
export function mutate(
  image: HostileImage,
  pristine: Uint8Array,
  seed: number,
): { bytes: Uint8Array<ArrayBuffer>; description: string } {
  const bytes = new Uint8Array(pristine);
  const random = new Random(seed);
  const done: string[] = [];
  const count = random.pick([1, 1, 1, 2, 3, 8]);
  for (let index = 0; index < count; index++) {
    // First the kind, so that the many inodes do not hide the few extent blocks.
    const kinds = [...new Set(image.structures.map(({ kind }) => kind))];
    const kind = random.pick(kinds);
    const structures = image.structures.filter((structure) => structure.kind === kind);
    const structure = random.pick(structures);
    const mutation = random.pick(MUTATIONS[kind]);
    mutation({ image, bytes, view: new DataView(bytes.buffer), structure, random });
    done.push(`${mutation.name} of ${kind} ${structure.owner} at ${structure.offset}`);
  }
  // Without this, most damage would not get past the first checksum.
  if (image.hasChecksums && random.below(4) !== 0) {
    fixChecksums(image, bytes);
    done.push("checksums fixed");
  }
  return { bytes, description: `${image.name}: ${done.join(", ")}` };
}

/** Numbers from a seed (mulberry32). */
class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 up to, and without, `limit`. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let value = this.#state;
    value = Math.imul(value ^ (value >>> 15), value | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return Math.floor(((value ^ (value >>> 14)) >>> 0) / 2 ** 32 * limit);
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)]!;
  }
}

interface Target {
  readonly image: HostileImage;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView;
  readonly structure: Structure;
  readonly random: Random;
}

type Mutation = (target: Target) => void;

function flipBits({ bytes, structure, random }: Target): void {
  for (let count = random.pick([1, 1, 4, 32]); count > 0; count--) {
    const position = structure.offset + random.below(structure.length);
    bytes[position] = bytes[position]! ^ (1 << random.below(8));
  }
}

/** A field of 2, 4 or 8 bytes becomes a number that breaks arithmetic, or the number of a place in the image. */
function setExtreme(target: Target): void {
  const { view, structure, random } = target;
  const width = random.pick([2, 4, 4, 8]);
  const position = structure.offset + random.below(structure.length / width) * width;
  const value = extreme(target);
  if (width === 2) view.setUint16(position, value & 0xffff, true);
  else if (width === 4) view.setUint32(position, value >>> 0, true);
  else view.setBigUint64(position, BigInt.asUintN(64, BigInt(value) * 0x100000001n), true);
}

function extreme({ image, bytes, structure, random }: Target): number {
  const blocks = Math.floor(bytes.length / image.blockSize);
  return random.pick([
    ...[0, 1, 2, 3, 4, 5, 8, 10, 12, 255, 256, 1023, 1024, 1025, 0x7fff, 0x8000, 0x8001, 0xffff],
    ...[0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff, blocks - 1, blocks, blocks + 1],
    ...[structure.owner, Math.floor(structure.offset / image.blockSize)],
    ...[Math.floor(random.pick(image.structures).offset / image.blockSize), random.below(2 ** 32)],
  ]);
}

/** One structure takes another's place: folders that are extents, extents that are their own children. */
function copyOver({ image, bytes, structure, random }: Target): void {
  const other = random.pick(image.structures);
  const length = Math.min(structure.length, other.length);
  bytes.copyWithin(structure.offset, other.offset, other.offset + length);
}

function fill({ bytes, structure, random }: Target): void {
  const start = random.below(structure.length);
  const end = random.pick([structure.length, start + 1 + random.below(structure.length - start)]);
  bytes.fill(random.pick([0, 0xff, 0x2f]), structure.offset + start, structure.offset + end);
}

/** An inode's `i_block`, `i_size`, `i_flags`, `i_mode`, `i_file_acl`, `i_generation` or `i_extra_isize`. */
function changeInode(target: Target): void {
  const { image, view, structure: { offset, length }, random } = target;
  const [position, width] = random.pick([
    ...[[0, 2], [4, 4], [28, 4], [32, 4], [32, 4], [100, 4], [104, 4], [108, 4], [116, 2]],
    ...Array.from({ length: 15 }, (_, index) => [40 + index * 4, 4]),
    ...length > 128 ? [[128, 2], [160, 4], [164, 4], [168, 4], [172, 4]] : [],
  ]) as [number, number];
  const flag = 1 << random.below(32);
  const mode = random.pick([0x1000, 0x2000, 0x4000, 0x6000, 0x8000, 0xa000, 0xc000, 0xf000]) |
    0o755;
  const block = Math.floor(random.pick(image.structures).offset / image.blockSize);
  const value = position === 32 && random.below(2) === 0
    ? view.getUint32(offset + 32, true) ^ flag
    : position === 0
    ? mode
    : position >= 40 && position < 100 && random.below(2) === 0
    ? block
    : extreme(target);
  if (width === 2) view.setUint16(offset + position, value & 0xffff, true);
  else view.setUint32(offset + position, value >>> 0, true);
}

/** A field of an extent header or entry: depth, counts, start, length, target. */
function changeExtents(target: Target): void {
  const { image, view, structure, random } = target;
  const start = structure.kind === "inode" ? structure.offset + 40 : structure.offset;
  const length = structure.kind === "inode" ? 60 : structure.length;
  const entries = Math.min(view.getUint16(start + 2, true), Math.floor(length / 12) - 1);
  if (random.below(3) === 0 || entries < 1) {
    const field = random.pick([2, 4, 6]);
    view.setUint16(
      start + field,
      random.pick([0, 1, 2, 5, 6, 84, 340, extreme(target) & 0xffff]),
      true,
    );
    return;
  }
  const entry = start + 12 + random.below(entries) * 12;
  const nodes = image.structures.filter(({ kind }) => kind === "extents");
  const node = Math.floor(random.pick([structure, ...nodes]).offset / image.blockSize);
  const value = random.below(2) === 0 ? node : extreme(target);
  const [field, width] = random.pick([[0, 4], [4, 4], [8, 4], [4, 2], [6, 2]] as const);
  if (width === 2) view.setUint16(entry + field, value & 0xffff, true);
  else view.setUint32(entry + field, value >>> 0, true);
}

/** A pointer of a block map points to a map, perhaps to itself. */
function changeMap(target: Target): void {
  const { image, view, structure, random } = target;
  const maps = image.structures.filter(({ kind }) => kind === "map");
  const index = random.below(structure.length / 4);
  const count = random.pick([1, 4, 64]);
  for (let position = index; position < Math.min(index + count, structure.length / 4); position++) {
    const map = Math.floor(random.pick([structure, ...maps]).offset / image.blockSize);
    view.setUint32(
      structure.offset + position * 4,
      random.pick([map, extreme(target) >>> 0]),
      true,
    );
  }
}

/** A folder's entry gets another inode, length, name or type; or its index other counts and blocks. */
function changeFolder(target: Target): void {
  const { image, bytes, view, structure, random } = target;
  const starts: number[] = [];
  for (let position = 0; position + 8 <= structure.length;) {
    starts.push(structure.offset + position);
    const length = view.getUint16(structure.offset + position + 4, true);
    if (length < 8) break;
    position += length;
  }
  const entry = random.pick(starts);
  const inodes = image.structures.filter(({ kind }) => kind === "inode");
  switch (random.below(6)) {
    case 0:
    case 1:
      // Folders within themselves and each other.
      view.setUint32(entry, random.pick([2, structure.owner, random.pick(inodes).owner]), true);
      break;
    case 2:
      view.setUint16(entry + 4, random.pick([0, 3, 4, 8, 11, 12, 16, 1020, 1024, 65535]), true);
      break;
    case 3:
      bytes[entry + 6] = random.pick([0, 1, 2, 255]);
      break;
    case 4:
      bytes[entry + 8] = random.pick([0, 0x2e, 0x2f]);
      break;
    default:
      // The index: dx_root's and dx_node's counts, and its entries.
      view.setUint16(
        structure.offset + random.pick([8, 10, 0x18, 0x1c, 0x1e, 0x20, 0x22]),
        extreme(target) & 0xffff,
        true,
      );
  }
}

/** The entry of an attribute: name length, index, and the place, size and inode of its value. */
function changeXattrs(target: Target): void {
  const { view, structure, random } = target;
  const field = random.pick([0, 4, 8, 32, 34, 36, 40, 44, 48, 52, 56, 60]);
  view.setUint32(structure.offset + field, extreme(target) >>> 0, true);
}

const ANY: readonly Mutation[] = [flipBits, setExtreme, copyOver, fill];
const MUTATIONS: Readonly<Record<Structure["kind"], readonly Mutation[]>> = {
  superblock: [flipBits, setExtreme, setExtreme],
  descriptor: ANY,
  inode: [flipBits, copyOver, changeInode, changeInode, changeInode, changeExtents, changeExtents],
  extents: [...ANY, changeExtents, changeExtents, changeExtents],
  map: [...ANY, changeMap, changeMap, changeMap],
  folder: [...ANY, changeFolder, changeFolder, changeFolder],
  xattrs: [...ANY, changeXattrs, changeXattrs],
  journal: ANY,
};
