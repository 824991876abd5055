/** The longest part of a text from outside that a message shows, in UTF-16 code units. */
const MAX_SHOWN = 100;

/**
 * Quotes a text from outside for a message: shortened, and with control characters escaped, so that it cannot steer
 * the terminal that shows it.
 */
export function quote(text: string): string {
  return JSON.stringify(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text);
}
