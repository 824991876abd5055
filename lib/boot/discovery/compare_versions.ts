/** Characters that have a meaning in a version; all others only separate. */
const MEANINGFUL = /[A-Za-z0-9~^.-]/;
const DIGIT = /[0-9]/;
const LETTER = /[A-Za-z]/;

/**
 * Compares two kernel versions by the UAPI group's Version Format Specification (UAPI.10), as systemd-boot, `bootctl`
 * and `systemd-analyze compare-versions` do.
 *
 * @see {@link https://uapi-group.org/specifications/specs/version_format_specification/}
 * @param a A version, such as `6.1.0-56-cloud-amd64`.
 * @param b Another one.
 * @returns A negative number if `a` is older than `b`, a positive one if it is newer, and 0 if neither is.
 */
export function compareVersions(a: string, b: string): number {
  let i = 0;
  let j = 0;
  for (;;) {
    i = runEnd(a, i, (character) => !MEANINGFUL.test(character));
    j = runEnd(b, j, (character) => !MEANINGFUL.test(character));

    // A tilde comes before the end of the other version: 6.1~rc1 is older than 6.1.
    if (a[i] === "~" || b[j] === "~") {
      if (a[i] !== b[j]) return a[i] === "~" ? -1 : 1;
      i++;
      j++;
    }
    if (i >= a.length || j >= b.length) return Number(i < a.length) - Number(j < b.length);

    let separatorsDiffer = 0;
    for (const separator of ["-", "^", "."]) {
      if (a[i] !== separator && b[j] !== separator) continue;
      if (a[i] !== b[j]) {
        separatorsDiffer = a[i] === separator ? -1 : 1;
        break;
      }
      i++;
      j++;
    }
    if (separatorsDiffer !== 0) return separatorsDiffer;

    const digits = isDigit(a[i]) || isDigit(b[j]);
    const inSegment = digits ? isDigit : isLetter;
    const iEnd = runEnd(a, i, inSegment);
    const jEnd = runEnd(b, j, inSegment);
    const result = digits
      ? compareNumbers(a.slice(i, iEnd), b.slice(j, jEnd))
      : compareText(a.slice(i, iEnd), b.slice(j, jEnd));
    if (result !== 0) return result;
    i = iEnd;
    j = jEnd;
  }
}

function runEnd(text: string, start: number, belongs: (character: string) => boolean): number {
  let end = start;
  while (end < text.length && belongs(text.charAt(end))) end++;
  return end;
}

function isDigit(character: string | undefined): boolean {
  return character !== undefined && DIGIT.test(character);
}

function isLetter(character: string): boolean {
  return LETTER.test(character);
}

/** No number at all is older than any number. */
function compareNumbers(a: string, b: string): number {
  if ((a === "") !== (b === "")) return a === "" ? -1 : 1;
  const one = a.replace(/^0+/, "");
  const other = b.replace(/^0+/, "");
  // Without leading zeros the longer number is the larger one, even beyond what a JavaScript number can hold.
  return one.length - other.length || compareText(one, other);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
