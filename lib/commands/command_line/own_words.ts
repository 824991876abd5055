/** The words that are for snapvm: those after `--` belong to the command in the guest. */
export function ownWords(words: readonly string[]): readonly string[] {
  const end = words.indexOf("--");
  return end < 0 ? words : words.slice(0, end);
}
