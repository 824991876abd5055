const SECONDS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600 };

/**
 * The milliseconds that a duration on the command line means: `90`, `90s`, `1.5m`, `500ms`, `2h`; a bare number is in
 * seconds. Returns `undefined` for anything else, and for nothing at all (0).
 */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text.trim());
  if (match === null) return undefined;
  const milliseconds = Math.round(Number(match[1]) * SECONDS[match[2] ?? "s"]! * 1000);
  // A timer cannot wait longer than this (about 24 days).
  return milliseconds > 0 && milliseconds < 2 ** 31 ? milliseconds : undefined;
}

/** `milliseconds` as a person reads it: `40 ms`, `1.25 s`, `26.4 s`, `2 m 05 s`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 10) return `${seconds.toFixed(2)} s`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} m ${String(whole % 60).padStart(2, "0")} s`;
}
