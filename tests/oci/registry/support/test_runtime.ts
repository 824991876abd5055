import type { Runtime } from "../../../../lib/oci/registry/transport/runtime.ts";

/** A clock that a test turns: waiting takes no time, and is written down. */
export class TestRuntime implements Runtime {
  /** How long was waited, in milliseconds. */
  readonly delays: number[] = [];
  /** How long a silence may be. It is measured in real time. */
  readonly stallTimeout: number;
  #now = Date.parse("2026-01-01T00:00:00Z");

  constructor(stallTimeout = 10_000) {
    this.stallTimeout = stallTimeout;
  }

  now(): number {
    return this.#now;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.delays.push(milliseconds);
    this.pass(milliseconds);
    return Promise.resolve();
  }

  /** Lets time pass. */
  pass(milliseconds: number): void {
    this.#now += milliseconds;
  }

  /** Chance that is none. */
  random(): number {
    return 0.5;
  }
}
