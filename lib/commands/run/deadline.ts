/** Aborts when time runs out, with a reason that is made at that moment. */
export class Deadline implements Disposable {
  #controller = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Aborts `milliseconds` from now, or never if that is `undefined`. `reason` makes the reason. */
  constructor(milliseconds: number | undefined, reason: (milliseconds: number) => Error) {
    if (milliseconds === undefined) return;
    this.#timer = setTimeout(() => this.#controller.abort(reason(milliseconds)), milliseconds);
  }

  /** The signal that aborts. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Stops the timer. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
