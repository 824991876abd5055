/** A text whose lines are as long as the source likes: each paragraph on a line of its own, for the terminal to wrap. */
export function paragraphs(text: string): string {
  return text.trim().replaceAll(/([^\n])\n(?!\n)/g, "$1 ");
}
