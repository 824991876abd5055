/** Words that differ by more letters than this are not each other's misspelling. */
const MAX_STEPS = 3;
/** Nor are words less alike than this, of which most letters would differ. */
const MIN_SIMILARITY = 0.4;

/** A line that asks for the words that were probably meant, or nothing. */
export async function suggestion(word: string, known: readonly string[]): Promise<string> {
  const { default: compare } = await import("damerau-levenshtein");
  const likely = known
    .map((name) => ({ name, ...compare(withoutDashes(name), withoutDashes(word)) }))
    .filter(({ steps, similarity }) => steps <= MAX_STEPS && similarity > MIN_SIMILARITY);
  const best = Math.max(...likely.map(({ similarity }) => similarity));
  const names = likely.filter(({ similarity }) => similarity === best).map(({ name }) => name);
  return names.length === 0 ? "" : `\n(Did you mean ${names.join(" or ")}?)`;
}

/** The dashes of options say nothing: all of them have those. */
function withoutDashes(word: string): string {
  return word.replace(/^--/, "");
}
