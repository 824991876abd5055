/** At most so often is progress told, in milliseconds. */
const INTERVAL = 50;

/** Tells the latest news at once or a little later, and not more often than anybody can read. */
export class CalmListener<News> implements Disposable {
  readonly #listener: (news: News) => void;
  #toldAt = -Infinity;
  #latest: News | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Begins. */
  constructor(listener: (news: News) => void) {
    this.#listener = listener;
  }

  /** Takes news. */
  tell(news: News): void {
    this.#latest = news;
    if (this.#timer !== undefined) return;
    const left = this.#toldAt + INTERVAL - performance.now();
    if (left <= 0) this.#tell();
    else this.#timer = setTimeout(() => this.#tell(), left);
  }

  /** Ends, without the latest news: there are final ones. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #tell(): void {
    this.#timer = undefined;
    this.#toldAt = performance.now();
    if (this.#latest !== undefined) this.#listener(this.#latest);
  }
}
