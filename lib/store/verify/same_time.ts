import type { LayerTime } from "../../oci/mod.ts";

/** Swift counts seconds from 2001 in a double. */
const SWIFT_EPOCH = 978_307_200;
const DOUBLE_PRECISION = 2 ** -52;

/**
 * Whether two times are the same: to the nanosecond, or but for what is lost when Apple's writer makes a double of the
 * first.
 */
export function sameTime(time: LayerTime, other: LayerTime): "exact" | "rounded" | "no" {
  const { seconds, nanoseconds } = time;
  if (seconds === other.seconds && nanoseconds === other.nanoseconds) return "exact";
  const difference = (other.seconds - seconds) * 1e9 + other.nanoseconds - nanoseconds;
  const largest = Math.max(Math.abs(seconds), Math.abs(seconds - SWIFT_EPOCH));
  // Each of several additions rounds.
  const tolerance = 100 + 4e9 * DOUBLE_PRECISION * largest;
  return Math.abs(difference) <= tolerance ? "rounded" : "no";
}
