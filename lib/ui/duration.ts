const SECONDS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600 };
/** The longest time that a timer can wait, in milliseconds: about 24 days. */
const MAX_MILLISECONDS = 2 ** 31 - 1;

/**
 * Parses a duration such as `90`, `90s`, `1.5m`, `500ms` or `2h` into milliseconds. A bare number is in seconds.
 * Returns `undefined` for anything else, and for 0.
 */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text.trim());
  if (match === null) return undefined;
  const milliseconds = Math.round(Number(match[1]) * SECONDS[match[2] ?? "s"]! * 1000);
  return milliseconds > 0 && milliseconds <= MAX_MILLISECONDS ? milliseconds : undefined;
}

/** Formats milliseconds for people: `40 ms`, `1.25 s`, `26.4 s`, `2 m 05 s`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 10) return `${seconds.toFixed(2)} s`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} m ${String(whole % 60).padStart(2, "0")} s`;
}
