const UNITS = ["B", "K", "M", "G", "T", "P"];
const MEBIBYTE = 2 ** 20;

/** `bytes` as a person reads it: binary units, three digits at most: `0B`, `78.7M`, `4G`. */
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
 * The bytes that a size on the command line means: `512M`, `4G`, `1.5GiB` are binary, and a bare number is in MiB.
 * Returns `undefined` for anything else, and for nothing at all (0).
 */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(?:([KMGT])(?:i?B)?)?$/i.exec(text.trim());
  if (match === null) return undefined;
  const unit = match[2] === undefined ? MEBIBYTE : 1024 ** UNITS.indexOf(match[2].toUpperCase());
  const bytes = Math.round(Number(match[1]) * unit);
  return bytes > 0 && Number.isSafeInteger(bytes) ? bytes : undefined;
}
