/** How far back the rate looks: long enough to be calm, short enough to be true. */
const WINDOW_MS = 5000;
/** A rate is not known before this. */
const MIN_MS = 500;
/** How far apart samples are at least. */
const SAMPLE_MS = 100;

/** How fast something goes: the mean of the last seconds. */
export class TransferRate {
  readonly #now: () => number;
  readonly #samples: { readonly time: number; readonly done: number }[] = [];

  /** `now` returns milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Takes how much is done by now. Less than before, as when something begins again, starts a new measurement. */
  update(done: number): void {
    const time = this.#now();
    const last = this.#samples.at(-1);
    if (last !== undefined && done < last.done) this.#samples.length = 0;
    else if (last !== undefined && time - last.time < SAMPLE_MS) return;
    this.#samples.push({ time, done });
    while (this.#samples.length > 2 && time - this.#samples[1]!.time >= WINDOW_MS) {
      this.#samples.shift();
    }
  }

  /** How much is done in a second; `undefined` if it is not known yet. It falls while nothing happens. */
  get perSecond(): number | undefined {
    const [first] = this.#samples;
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined) return undefined;
    const elapsed = this.#now() - first.time;
    return elapsed < MIN_MS ? undefined : (last.done - first.done) * 1000 / elapsed;
  }

  /** In how many milliseconds `rest` will be done; `undefined` if nobody knows. */
  timeFor(rest: number): number | undefined {
    const rate = this.perSecond;
    return rate === undefined || rate === 0 ? undefined : rest * 1000 / rate;
  }
}
