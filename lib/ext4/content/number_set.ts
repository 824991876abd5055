/** How many numbers a part of the set covers. */
const PART_SIZE = 32768;

/** A set of numbers of inodes or blocks. Each takes a bit, in parts that are made when they are needed. */
export class NumberSet {
  readonly #parts = new Map<number, Uint8Array>();

  /** Adds a whole number that is not negative, and returns whether it is new. */
  add(number: number): boolean {
    const index = Math.floor(number / PART_SIZE);
    let part = this.#parts.get(index);
    if (part === undefined) {
      part = new Uint8Array(PART_SIZE / 8);
      this.#parts.set(index, part);
    }
    const byte = (number % PART_SIZE) >>> 3;
    const mask = 1 << (number & 7);
    const isNew = (part[byte]! & mask) === 0;
    part[byte]! |= mask;
    return isNew;
  }
}
