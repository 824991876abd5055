/** Text as one word of a POSIX shell: single quotes keep every other character as it is. */
export function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
