/** Aborts when time has run out, with a reason that is made at that moment. */
export class Deadline implements Disposable {
  #controller = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `milliseconds` from now, with which the reason is made; never where it is `undefined`. */
  constructor(milliseconds: number | undefined, reason: (milliseconds: number) => Error) {
    if (milliseconds === undefined) return;
    this.#timer = setTimeout(() => this.#controller.abort(reason(milliseconds)), milliseconds);
  }

  /** The signal that aborts. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Lets the time pass without effect. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
