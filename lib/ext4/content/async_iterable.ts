import { nextTurn } from "../../host/mod.ts";

/** How long a loop over an iterable may keep timers and signals waiting, in milliseconds. */
const MAX_STRETCH = 50;

/** How many results go by between two looks at the clock. */
const RESULTS_PER_LOOK = 64;

/**
 * Makes an iterable for `for await` out of a generator that never waits. Each iteration makes a generator.
 *
 * A result costs far less than one of an async generator. From time to time the event loop gets its turn, so that a
 * loop over a large filesystem does not hold up everything else.
 */
export function asyncIterable<T>(makeGenerator: () => Generator<T>): AsyncIterable<T> {
  return { [Symbol.asyncIterator]: () => new YieldingIterator(makeGenerator()) };
}

class YieldingIterator<T> implements AsyncIterator<T> {
  readonly #generator: Generator<T>;
  #results = 0;
  #lastTurn = performance.now();

  constructor(generator: Generator<T>) {
    this.#generator = generator;
  }

  async next(): Promise<IteratorResult<T>> {
    if (++this.#results % RESULTS_PER_LOOK === 0) {
      const now = performance.now();
      if (now - this.#lastTurn > MAX_STRETCH) {
        await nextTurn();
        this.#lastTurn = performance.now();
      }
    }
    return this.#generator.next();
  }

  // deno-lint-ignore require-await
  async return(): Promise<IteratorResult<T>> {
    return this.#generator.return(undefined);
  }
}
