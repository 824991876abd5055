/** Up to this number inodes have a place in a row. Only a damaged or very large filesystem has names that lead to others. */
const DENSE_LIMIT = 2 ** 25;

/** A number for each inode, 0 at first. Numbers of inodes are dense, so most take four bytes. */
export class InodeNumbers {
  #dense = new Uint32Array(1024);
  readonly #sparse = new Map<number, number>();

  /** The number of an inode. */
  get(ino: number): number {
    return ino < DENSE_LIMIT ? this.#dense[ino] ?? 0 : this.#sparse.get(ino) ?? 0;
  }

  /** Sets the number of an inode. */
  set(ino: number, value: number): void {
    if (ino >= DENSE_LIMIT) {
      this.#sparse.set(ino, value);
      return;
    }
    if (ino >= this.#dense.length) {
      const larger = new Uint32Array(Math.max(ino + 1, this.#dense.length * 1.5));
      larger.set(this.#dense);
      this.#dense = larger;
    }
    this.#dense[ino] = value;
  }

  /** Adds to the number of an inode. */
  add(ino: number, difference: number): void {
    this.set(ino, this.get(ino) + difference);
  }
}
