/** How much of a text from outside a message shows, in UTF-16 code units. */
const SHOWN = 100;

/**
 * Quotes a text from outside for a message: shortened, and with control characters escaped, so that
 * it cannot steer the terminal that shows it.
 */
export function quote(text: string): string {
  return JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text);
}
