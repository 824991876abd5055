/** The hashes by which folders are indexed: `hash_version` of the root of the index. */
const LEGACY = 0;
const HALF_MD4 = 1;
const TEA = 2;
/** Added to `hash_version` if characters count as unsigned, as they do on the machine that made the folder. */
const UNSIGNED = 3;

const DEFAULT_SEED = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];

/** A hash that no name has, since it stands for the end of the folder. */
const END_OF_FOLDER = 0xfffffffe;

/**
 * The hash of a name by which a folder is indexed: an unsigned 32-bit number whose lowest bit is 0, or null if the kind
 * of hash is unknown. The kinds are 0 legacy, 1 half MD4 and 2 TEA, plus 3 if characters are unsigned. The seed is four
 * 32-bit numbers; if all are 0, the usual ones take their place.
 *
 * Source: the kernel's `Documentation/filesystems/ext4/directory.rst`, "Hash Tree Directories", and `fs/ext4/hash.c`.
 */
export function directoryHash(
  name: Uint8Array,
  hashVersion: number,
  hashSeed: readonly number[],
): number | null {
  const isUnsigned = hashVersion >= UNSIGNED;
  const characters = isUnsigned ? name : new Int8Array(name);
  const seed = hashSeed.some((word) => word !== 0) ? hashSeed : DEFAULT_SEED;
  const state = Int32Array.from(seed, (word) => word | 0);
  let hash: number;
  switch (isUnsigned ? hashVersion - UNSIGNED : hashVersion) {
    case LEGACY:
      hash = legacyHash(characters);
      break;
    case HALF_MD4:
      for (let start = 0; start < name.length; start += 32) {
        halfMd4(state, packWords(characters.subarray(start), 8));
      }
      hash = state[1]!;
      break;
    case TEA:
      for (let start = 0; start < name.length; start += 16) {
        tinyEncryption(state, packWords(characters.subarray(start), 4));
      }
      hash = state[0]!;
      break;
    default:
      return null;
  }
  const even = (hash & ~1) >>> 0;
  return even === END_OF_FOLDER ? END_OF_FOLDER - 2 : even;
}

/** Packs characters into words, the first one highest, and pads with the number of characters. */
function packWords(characters: Int8Array | Uint8Array, count: number): Int32Array<ArrayBuffer> {
  const { length } = characters;
  const padding = Math.imul(length, 0x01010101);
  const words = new Int32Array(count).fill(padding);
  const used = Math.min(length, 4 * count);
  for (let start = 0; start < used; start += 4) {
    let word = padding;
    for (let index = start; index < Math.min(start + 4, used); index++) {
      word = ((word << 8) + characters[index]!) | 0;
    }
    words[start / 4] = word;
  }
  return words;
}

function legacyHash(characters: Int8Array | Uint8Array): number {
  let current = 0x12a3fe2d;
  let previous = 0x37abe8f9;
  for (const character of characters) {
    let next = (previous + (current ^ Math.imul(character, 7152373))) | 0;
    if (next < 0) next = (next - 0x7fffffff) | 0;
    previous = current;
    current = next;
  }
  return current << 1;
}

function tinyEncryption(state: Int32Array, words: Int32Array): void {
  const [a, b, c, d] = words as unknown as [number, number, number, number];
  let left = state[0]!;
  let right = state[1]!;
  let sum = 0;
  for (let round = 0; round < 16; round++) {
    sum = (sum + 0x9e3779b9) | 0;
    left = (left + (((right << 4) + a) ^ (right + sum) ^ ((right >>> 5) + b))) | 0;
    right = (right + (((left << 4) + c) ^ (left + sum) ^ ((left >>> 5) + d))) | 0;
  }
  state[0]! += left;
  state[1]! += right;
}

/** The three rounds of half MD4: how bits are mixed, what is added, and which word and rotation each step takes. */
const ROUNDS: readonly {
  readonly mix: (x: number, y: number, z: number) => number;
  readonly constant: number;
  readonly order: readonly number[];
  readonly rotations: readonly number[];
}[] = [
  {
    mix: (x, y, z) => z ^ (x & (y ^ z)),
    constant: 0,
    order: [0, 1, 2, 3, 4, 5, 6, 7],
    rotations: [3, 7, 11, 19],
  },
  {
    mix: (x, y, z) => (x & y) + ((x ^ y) & z),
    constant: 0x5a827999,
    order: [1, 3, 5, 7, 0, 2, 4, 6],
    rotations: [3, 5, 9, 13],
  },
  {
    mix: (x, y, z) => x ^ y ^ z,
    constant: 0x6ed9eba1,
    order: [3, 7, 2, 6, 1, 5, 0, 4],
    rotations: [3, 9, 11, 15],
  },
];

function halfMd4(state: Int32Array, words: Int32Array): void {
  let [a, b, c, d] = state as unknown as [number, number, number, number];
  for (const { mix, constant, order, rotations } of ROUNDS) {
    for (let step = 0; step < 8; step++) {
      const sum = (a + mix(b, c, d) + words[order[step]!]! + constant) | 0;
      const rotation = rotations[step % 4]!;
      const rotated = (sum << rotation) | (sum >>> (32 - rotation));
      [a, b, c, d] = [d, rotated, b, c];
    }
  }
  state[0]! += a;
  state[1]! += b;
  state[2]! += c;
  state[3]! += d;
}
