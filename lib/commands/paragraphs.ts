/** Joins each paragraph into one line, for the terminal to wrap: in the source its lines may be of any length. */
export function paragraphs(text: string): string {
  return text.trim().replaceAll(/([^\n])\n(?!\n)/g, "$1 ");
}
