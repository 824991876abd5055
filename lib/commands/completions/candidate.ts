/** What a word can become. */
export interface Candidate {
  /** The word. More can follow it if it ends with `/`. */
  readonly value: string;
  /** What it is, in a line. */
  readonly description?: string;
}
