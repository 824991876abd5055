/** Options for {@linkcode openTransport}. */
export interface OpenTransportOptions {
  /** Ends the reading when it aborts. */
  readonly signal?: AbortSignal | undefined;
}
