/** A request to a registry, to where it redirects, or to its token server. */
export interface HttpRequest {
  readonly url: URL;
  /** Default: GET. */
  readonly method?: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
}

/** The answer to a request. Whoever has it disposes of it, which ends the connection if the body was not read whole. */
export interface HttpAnswer extends AsyncDisposable {
  /** Where the answer came from: the last redirect's target. */
  readonly url: URL;
  readonly status: number;
  readonly headers: Headers;
  /** The body, which can be read once. */
  chunks(): AsyncIterable<Uint8Array<ArrayBuffer>>;
}

/** Sends a request. Each link of the chain is one of these, made from the next. */
export type Send = (request: HttpRequest) => Promise<HttpAnswer>;
