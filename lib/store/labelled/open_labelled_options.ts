/** Options for `openLabelled()`. */
export interface OpenLabelledOptions {
  /** snapvm's own folder (default: `$SNAPVM_HOME` or the usual one). */
  readonly home?: string;
  /** Ends the work with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called once if the copy has to be made, or another process is making it. */
  readonly onCopy?: (() => void) | undefined;
}
