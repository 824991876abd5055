/** Lets so many go on, and those who come later wait in turn. */
export class Semaphore {
  #left: number;
  readonly #waiting: (() => void)[] = [];

  /**
   * Begins.
   *
   * @param count How many may go on.
   */
  constructor(count: number) {
    this.#left = count;
  }

  /** Goes on, at once or later. */
  async enter(): Promise<void> {
    if (this.#left > 0) this.#left--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Lets one more go on. */
  leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#left++;
    else next();
  }
}
