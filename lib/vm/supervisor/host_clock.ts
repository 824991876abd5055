/** The clocks of this host. */
export interface HostClock {
  /** The time in milliseconds since 1970, by the clock that people set. */
  now(): number;
  /** Milliseconds by a clock that nobody sets, and that stands still while the host sleeps. */
  uptime(): number;
  /** Calls something again and again, until the result is disposed of. */
  repeat(call: () => void, interval: number): Disposable;
}

/** The clocks of the host that this runs on. */
export const HOST_CLOCK: HostClock = {
  now: () => Date.now(),
  uptime: () => performance.now(),
  repeat: (call, interval) => {
    const timer = setInterval(call, interval);
    return { [Symbol.dispose]: () => clearInterval(timer) };
  },
};
