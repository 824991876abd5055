import type { HostClock } from "../../../../lib/vm/supervisor/host_clock.ts";

/** What is called again and again. */
interface Repeated {
  readonly call: () => void;
  readonly interval: number;
  next: number;
}

/** A host's clocks, which go on when they are told to. */
export class FakeClock implements HostClock {
  #now: number;
  #uptime = 1000;
  readonly #repeated = new Set<Repeated>();

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
    const repeated = { call, interval, next: this.#uptime + interval };
    this.#repeated.add(repeated);
    return { [Symbol.dispose]: () => void this.#repeated.delete(repeated) };
  }

  /** Whether somebody is still called again and again. */
  get isRunning(): boolean {
    return this.#repeated.size > 0;
  }

  /** The time passes, and who waits for it is called. */
  run(milliseconds: number): void {
    const end = this.#uptime + milliseconds;
    for (;;) {
      const [first] = [...this.#repeated].sort((a, b) => a.next - b.next);
      if (first === undefined || first.next > end) break;
      // What is late is not earlier for it.
      this.#pass(Math.max(0, first.next - this.#uptime));
      first.next = this.#uptime + first.interval;
      first.call();
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
