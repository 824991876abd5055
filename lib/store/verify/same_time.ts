import type { LayerTime } from "../../oci/mod.ts";

/** Swift counts seconds from 2001 in a double. */
const SWIFT_EPOCH = 978_307_200;
const DOUBLE_PRECISION = 2 ** -52;

/** What an inode has room for, in seconds: 1901-12-13 to 2446-05-10. */
const FIRST = -(2 ** 31);
const LAST = 2 ** 34 - 2 ** 31 - 1;

/**
 * Whether two times are the same: to the nanosecond, or but for what is lost when Apple's writer makes a double of the
 * first. A time that an inode has no room for is the nearest that it has.
 */
export function sameTime(time: LayerTime, other: LayerTime): "exact" | "rounded" | "no" {
  const { seconds, nanoseconds } = time;
  if (seconds === other.seconds && nanoseconds === other.nanoseconds) return "exact";
  if (seconds < FIRST || seconds > LAST) {
    return other.seconds === (seconds < FIRST ? FIRST : LAST) ? "exact" : "no";
  }
  const difference = (other.seconds - seconds) * 1e9 + other.nanoseconds - nanoseconds;
  const largest = Math.max(Math.abs(seconds), Math.abs(seconds - SWIFT_EPOCH));
  // Each of several additions rounds.
  const tolerance = 100 + 4e9 * DOUBLE_PRECISION * largest;
  return Math.abs(difference) <= tolerance ? "rounded" : "no";
}
