import type { HostClock } from "../../../../lib/vm/supervisor/host_clock.ts";

/** A host's clocks, which go on when they are told to. */
export class FakeClock implements HostClock {
  #now: number;
  #uptime = 1000;
  #call: (() => void) | undefined;
  #interval = 1;
  #next = Infinity;

  /** They begin at `now`, in milliseconds since 1970. */
  constructor(now: number) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  uptime(): number {
    return this.#uptime;
  }

  repeat(call: () => void, interval: number): Disposable {
    this.#call = call;
    this.#interval = interval;
    this.#next = this.#uptime + interval;
    return { [Symbol.dispose]: () => this.#call = undefined };
  }

  /** Whether somebody is still called again and again. */
  get isRunning(): boolean {
    return this.#call !== undefined;
  }

  /** The time passes, and who waits for it is called. */
  run(milliseconds: number): void {
    const end = this.#uptime + milliseconds;
    while (this.#call !== undefined && this.#next <= end) {
      // What is late is not earlier for it.
      this.#pass(Math.max(0, this.#next - this.#uptime));
      this.#next = this.#uptime + this.#interval;
      this.#call();
    }
    this.#pass(end - this.#uptime);
  }

  /** The clock that people set jumps. */
  jump(milliseconds: number): void {
    this.#now += milliseconds;
  }

  /** The time passes, and nobody is called. */
  pause(milliseconds: number): void {
    this.#pass(milliseconds);
  }

  #pass(milliseconds: number): void {
    this.#now += milliseconds;
    this.#uptime += milliseconds;
  }
}
