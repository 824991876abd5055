/** Some blocks one after the other. */
export interface FreeRun {
  /** The first. */
  readonly start: number;
  /** How many. */
  readonly length: number;
}

/**
 * Gives out blocks: those of removed files first, then new ones, in ascending order. All blocks below {@linkcode end}
 * are in use, except the free ones.
 */
export class BlockAllocator {
  /** The first block that has never been used. It and all later ones are holes in the image. */
  end: number;
  /** New blocks have to be below this one. */
  limit: number;
  /** How many blocks below {@linkcode end} are free. */
  free = 0;
  /** Free runs by the power of two that their length reaches: start and length in turn. */
  readonly #bySize: number[][] = Array.from({ length: 48 }, () => []);

  /** Starts with the block `end`, and ends with the block before `limit`. */
  constructor(end: number, limit: number) {
    this.end = end;
    this.limit = limit;
  }

  /** Takes `count` new blocks, and says which is the first; -1 if there are no more so many. */
  takeNew(count: number): number {
    if (this.end + count > this.limit) return -1;
    const start = this.end;
    this.end += count;
    return start;
  }

  /** Takes `count` blocks that follow each other, and says which is the first; -1 if no so many do. */
  take(count: number): number {
    const reused = this.free >= count ? this.#takeFree(count) : -1;
    if (reused >= 0) return reused;
    const start = this.takeNew(count);
    if (start >= 0 || this.free < count) return start;
    this.#join();
    return this.#takeFree(count);
  }

  /** Takes `count` blocks in as few runs as there have to be; undefined, and nothing taken, if there are not so many. */
  takeRuns(count: number): FreeRun[] | undefined {
    const start = this.take(count);
    if (start >= 0) return [{ start, length: count }];
    if (this.free + this.limit - this.end < count) return;
    const runs: FreeRun[] = [];
    let missing = count;
    while (missing > 0) {
      const length = Math.min(missing, this.#largest());
      const fromFree = length > 0 ? this.take(length) : -1;
      const taken = fromFree >= 0 ? length : Math.min(missing, this.limit - this.end);
      runs.push({ start: fromFree >= 0 ? fromFree : this.takeNew(taken), length: taken });
      missing -= taken;
    }
    return runs;
  }

  /** Gives blocks back. */
  give(start: number, length: number): void {
    if (length === 0) return;
    this.free += length;
    this.#bySize[Math.floor(Math.log2(length))]!.push(start, length);
  }

  /** All free runs below {@linkcode end}, in ascending order, each as long as can be. */
  freeRuns(): FreeRun[] {
    this.#join();
    return this.#bySize.flatMap((runs) => {
      const pairs: FreeRun[] = [];
      for (let index = 0; index < runs.length; index += 2) {
        pairs.push({ start: runs[index]!, length: runs[index + 1]! });
      }
      return pairs;
    }).sort((a, b) => a.start - b.start);
  }

  #takeFree(count: number): number {
    // Any run of the next power of two is long enough, without looking at it.
    for (let size = Math.ceil(Math.log2(count)); size < this.#bySize.length; size++) {
      const runs = this.#bySize[size]!;
      if (runs.length === 0) continue;
      const length = runs.pop()!;
      const start = runs.pop()!;
      this.free -= length;
      this.give(start + count, length - count);
      return start;
    }
    return -1;
  }

  /** The length up to which {@linkcode #takeFree} finds a run. */
  #largest(): number {
    const size = this.#bySize.findLastIndex((runs) => runs.length > 0);
    return size < 0 ? 0 : 2 ** size;
  }

  /** Joins free runs that touch. */
  #join(): void {
    const runs: FreeRun[] = [];
    for (const pairs of this.#bySize) {
      for (let index = 0; index < pairs.length; index += 2) {
        runs.push({ start: pairs[index]!, length: pairs[index + 1]! });
      }
      pairs.length = 0;
    }
    this.free = 0;
    runs.sort((a, b) => a.start - b.start);
    let start = -1;
    let length = 0;
    for (const run of runs) {
      if (run.start === start + length) {
        length += run.length;
        continue;
      }
      this.give(start, length);
      ({ start, length } = run);
    }
    this.give(start, length);
  }
}
