/**
 * Says why something failed, as a part of a sentence: what the operating system says without its number, call and path,
 * and of every other error the message.
 *
 * @param cause Anything that was thrown.
 * @returns The reason, without a full stop.
 */
export function reasonOf(cause: unknown): string {
  const text = cause instanceof Error ? cause.message || cause.name : String(cause);
  return /^(.*?) \(os error \d+\)/.exec(text)?.[1] ?? text;
}
