/** The most items of a list that a message shows. An index may have thousands. */
const MAX_SHOWN = 16;

/** Joins the items of a list for a message; of a long list only the first ones. */
export function shortenList(items: readonly string[], separator: string): string {
  const shown = items.slice(0, MAX_SHOWN).join(separator);
  return items.length > MAX_SHOWN ? `${shown}${separator}… (${items.length} in all)` : shown;
}
