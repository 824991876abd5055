import type { GuestClock } from "../../guest/mod.ts";
import { HOST_CLOCK, type HostClock } from "./host_clock.ts";

/** How often the host's clocks are compared, in milliseconds. */
const INTERVAL = 5000;

/** By how much the host's clock has to have jumped, in milliseconds. */
const MIN_JUMP = 1000;

/** How late a comparison has to be, in milliseconds, for the host to have stood still meanwhile. */
const MIN_GAP = 10_000;

/** By how many seconds a guest's clock may be off: who disciplines it there does better than a step. */
const TOLERANCE = 1;

/** What {@linkcode keepGuestClock} calls. */
export interface KeepGuestClockOptions {
  /** Sets the guest's clock. */
  readonly set: (clock: GuestClock) => Promise<void>;
  /** Called once, with the error, if the guest's clock cannot be set. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** The host's clocks. */
  readonly clock?: HostClock | undefined;
}

/**
 * Sets a guest's clock: at once, and again when the host's clock has jumped, or when the host has slept or stood still,
 * for the clock of a guest may have stood still with it. Between these the guest's clock is its own.
 *
 * @param options What to call.
 * @returns What ends it.
 */
export function keepGuestClock(
  { set, onError, clock = HOST_CLOCK }: KeepGuestClockOptions,
): Disposable {
  let offset = NaN;
  let seen = clock.uptime();
  let isSetting = false;
  let isDue = false;
  let hasFailed = false;

  const start = async (beyond?: number) => {
    isSetting = true;
    isDue = false;
    const time = clock.now();
    offset = time - clock.uptime();
    try {
      await set({ time, ...beyond !== undefined && { beyond } });
    } catch (error) {
      if (!hasFailed) onError?.(error);
      hasFailed = true;
    }
    isSetting = false;
  };

  void start();
  return clock.repeat(() => {
    const uptime = clock.uptime();
    if (Math.abs(clock.now() - uptime - offset) >= MIN_JUMP) isDue = true;
    if (uptime - seen >= INTERVAL + MIN_GAP) isDue = true;
    seen = uptime;
    // A guest that stands still gets no more than one, and the true time when it goes on.
    if (isDue && !isSetting) void start(TOLERANCE);
  }, INTERVAL);
}
