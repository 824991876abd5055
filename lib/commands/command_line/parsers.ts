import { parseDuration, parseSize } from "../../ui/mod.ts";
import { InvalidValue } from "./invalid_value.ts";

/** The text itself. */
export function parseText(text: string): string {
  return text;
}

/** A whole number of at least 1. */
export function parseCount(text: string): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count >= 1) return count;
  throw new InvalidValue(text, "It is a whole number, 1 or more.");
}

/** A size such as `4G`, in bytes. */
export function parseBytes(text: string): number {
  const bytes = parseSize(text);
  if (bytes !== undefined) return bytes;
  throw new InvalidValue(text, "A size is 512M, 4G, or a bare number of MiB, and not 0.");
}

/** A duration such as `90s`, in milliseconds. */
export function parseMilliseconds(text: string): number {
  const milliseconds = parseDuration(text);
  if (milliseconds !== undefined) return milliseconds;
  throw new InvalidValue(text, "A duration is 90s, 5m, 1h, or a bare number of seconds.");
}
