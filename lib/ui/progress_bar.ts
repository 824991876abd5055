const FULL = "━";
const EMPTY = "─";

/** A bar of some columns, of which the part that is done is thicker. */
export function progressBar(done: number, total: number, columns: number): string {
  const share = total > 0 ? Math.min(1, Math.max(0, done / total)) : 1;
  const full = Math.floor(share * columns);
  return FULL.repeat(full) + EMPTY.repeat(columns - full);
}
