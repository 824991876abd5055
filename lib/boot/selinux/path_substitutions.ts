/** A line of a `file_contexts.subs` file: paths at or below `from` have the labels of those below `to`. */
export interface PathSubstitution {
  /** The beginning of a path. */
  readonly from: string;
  /** What is put in its place. */
  readonly to: string;
}

/**
 * Reads a `file_contexts.subs` or `.subs_dist` file.
 *
 * @param text The file: one character for each byte.
 * @returns Its lines in the order in which they are tried: the last one first.
 */
export function parseSubstitutions(text: string): PathSubstitution[] {
  return text.split("\n").flatMap((line) => {
    const [from, to] = line.split(/\s+/).filter((field) => field !== "");
    return from === undefined || from.startsWith("#") || to === undefined ? [] : [{ from, to }];
  }).reverse();
}

/** Replaces the beginning of a path by the first substitution that fits. */
export function substitute(path: string, substitutions: readonly PathSubstitution[]): string {
  for (const { from, to } of substitutions) {
    if (!path.startsWith(from)) continue;
    const rest = path.slice(from.length);
    if (rest === "") return to;
    if (rest.startsWith("/")) return to === "/" ? rest : to + rest;
  }
  return path;
}
