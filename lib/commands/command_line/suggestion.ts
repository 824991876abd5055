/** Words that differ by more letters than this are not each other's misspelling. */
const MAX_STEPS = 3;
/** Nor are words that are less alike than this: most of their letters would differ. */
const MIN_SIMILARITY = 0.4;

/** A line that proposes the words that were probably meant, or an empty text. */
export async function suggestion(word: string, known: readonly string[]): Promise<string> {
  const { default: compare } = await import("damerau-levenshtein");
  const likely = known
    .map((name) => ({ name, ...compare(withoutDashes(name), withoutDashes(word)) }))
    .filter(({ steps, similarity }) => steps <= MAX_STEPS && similarity > MIN_SIMILARITY);
  const best = Math.max(...likely.map(({ similarity }) => similarity));
  const names = likely.filter(({ similarity }) => similarity === best).map(({ name }) => name);
  return names.length === 0 ? "" : `\n(Did you mean ${names.join(" or ")}?)`;
}

/** Dashes are not compared, because all options have them. */
function withoutDashes(word: string): string {
  return word.replace(/^--/, "");
}
