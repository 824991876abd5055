/** Why something failed, as a part of a sentence: of an error of the system its words, without number, call and path. */
export function reasonOf(cause: unknown): string {
  const text = cause instanceof Error ? cause.message || cause.name : String(cause);
  return /^(.*?) \(os error \d+\)/.exec(text)?.[1] ?? text;
}
