/** How many inodes a part of the set covers. */
const PART = 32768;

/** A set of inode numbers that takes a bit each, where there are any. */
export class InodeSet {
  readonly #parts = new Map<number, Uint8Array>();

  /**
   * Adds a number.
   *
   * @param ino The inode's number.
   */
  add(ino: number): void {
    const index = Math.floor(ino / PART);
    let part = this.#parts.get(index);
    if (part === undefined) {
      part = new Uint8Array(PART / 8);
      this.#parts.set(index, part);
    }
    const bit = ino % PART;
    part[bit >>> 3]! |= 1 << (bit & 7);
  }

  /**
   * Whether a number was added.
   *
   * @param ino The inode's number.
   * @returns Whether it is in the set.
   */
  has(ino: number): boolean {
    const bit = ino % PART;
    return ((this.#parts.get(Math.floor(ino / PART))?.[bit >>> 3] ?? 0) & (1 << (bit & 7))) !== 0;
  }
}
