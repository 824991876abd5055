/** How long a loop over an iterable may keep timers and signals waiting, in milliseconds. */
const LONGEST_STRETCH = 50;

/** How many results go by between two looks at the clock. */
const RESULTS_PER_LOOK = 64;

/**
 * Makes an iterable for `for await` out of a generator that never waits.
 *
 * A result costs far less than out of an async generator. From time to time the event loop gets its turn, so that a
 * loop over a large filesystem does not hold up everything else.
 *
 * @param makeGenerator Makes the generator, each time that the iterable is iterated.
 * @returns The iterable.
 */
export function asyncIterable<T>(makeGenerator: () => Generator<T>): AsyncIterable<T> {
  return { [Symbol.asyncIterator]: () => new Turns(makeGenerator()) };
}

class Turns<T> implements AsyncIterator<T> {
  readonly #generator: Generator<T>;
  #results = 0;
  #lastTurn = performance.now();

  constructor(generator: Generator<T>) {
    this.#generator = generator;
  }

  async next(): Promise<IteratorResult<T>> {
    if (++this.#results % RESULTS_PER_LOOK === 0) {
      const now = performance.now();
      if (now - this.#lastTurn > LONGEST_STRETCH) {
        await new Promise<void>((resolve) => setTimeout(resolve, 0));
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
