/** A word that the typed one can become. */
export interface Candidate {
  /** The word. It can be continued if it ends with `/`. */
  readonly value: string;
  /** What it is, in a line. */
  readonly description?: string;
}
