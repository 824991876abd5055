/** Quotes a text as one word of a POSIX shell: within single quotes no other character is special. */
export function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
