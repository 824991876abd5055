const UNITS = ["B", "K", "M", "G", "T", "P"];
const MEBIBYTE = 2 ** 20;

/** Formats bytes for people, in binary units and with at most three digits: `0B`, `9.5M`, `4G`. */
export function formatSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = value < 10 && unit > 0 ? 1 : 0;
  return `${value.toFixed(digits).replace(/\.0$/, "")}${UNITS[unit]}`;
}

/**
 * Parses a size such as `512M`, `4G` or `1.5GiB` into bytes. Units are binary, and a bare number is in MiB. Returns
 * `undefined` for anything else, and for 0.
 */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(?:([KMGT])(?:i?B)?)?$/i.exec(text.trim());
  if (match === null) return undefined;
  const unit = match[2] === undefined ? MEBIBYTE : 1024 ** UNITS.indexOf(match[2].toUpperCase());
  const bytes = Math.round(Number(match[1]) * unit);
  return bytes > 0 && Number.isSafeInteger(bytes) ? bytes : undefined;
}
