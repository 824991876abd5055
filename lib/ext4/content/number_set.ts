/** How many numbers a part of the set covers. */
const PART = 32768;

/** A set of numbers of inodes or blocks. It takes a bit each, in parts that are there only where they are needed. */
export class NumberSet {
  readonly #parts = new Map<number, Uint8Array>();

  /**
   * Adds a number.
   *
   * @param number The number, a whole one that is not negative.
   * @returns Whether it is new.
   */
  add(number: number): boolean {
    const index = Math.floor(number / PART);
    let part = this.#parts.get(index);
    if (part === undefined) {
      part = new Uint8Array(PART / 8);
      this.#parts.set(index, part);
    }
    const byte = (number % PART) >>> 3;
    const mask = 1 << (number & 7);
    const isNew = (part[byte]! & mask) === 0;
    part[byte]! |= mask;
    return isNew;
  }
}
