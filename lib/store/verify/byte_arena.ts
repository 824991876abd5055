const PAGE_SIZE = 1 << 20;

/** Many short runs of bytes, of at most 4 KiB each, without an object for each. */
export class ByteArena {
  readonly #pages: Uint8Array<ArrayBuffer>[] = [];
  #end = 0;

  /** Keeps a copy of bytes, and returns where it is. */
  add(bytes: Uint8Array): number {
    const room = this.#pages.length * PAGE_SIZE - this.#end;
    if (room < bytes.length) {
      this.#end = this.#pages.length * PAGE_SIZE;
      this.#pages.push(new Uint8Array(PAGE_SIZE));
    }
    const start = this.#end;
    this.#pages[Math.floor(start / PAGE_SIZE)]?.set(bytes, start % PAGE_SIZE);
    this.#end += bytes.length;
    return start;
  }

  /** The bytes that are there. They must not be changed. */
  get(start: number, length: number): Uint8Array<ArrayBuffer> {
    if (length === 0) return new Uint8Array();
    const at = start % PAGE_SIZE;
    return this.#pages[Math.floor(start / PAGE_SIZE)]!.subarray(at, at + length);
  }

  /** Whether the bytes that are there are the same. */
  equals(start: number, bytes: Uint8Array): boolean {
    const page = this.#pages[Math.floor(start / PAGE_SIZE)];
    const at = start % PAGE_SIZE;
    for (let index = 0; index < bytes.length; index++) {
      if (page![at + index] !== bytes[index]) return false;
    }
    return true;
  }
}
