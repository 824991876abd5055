import { SnapvmError } from "../../../error/mod.ts";
import { withDeadline } from "../../../host/mod.ts";
import type { HttpAnswer, HttpRequest, Send } from "./http.ts";
import type { Runtime } from "./runtime.ts";
import { unreachable, unreachableBecause } from "./unreachable.ts";

/** Whoever sends less than this, in bytes for each second that we wait for it, has stalled too. */
const MIN_RATE = 256;

/**
 * The last link of the chain: one request on one connection, without redirects.
 *
 * @param client The connections and certificates to use.
 * @param runtime How long a silence may last.
 * @returns Sends a request; it rejects with `registry-unreachable` when there is no answer.
 */
export function fetching(client: Deno.HttpClient, runtime: Runtime): Send {
  return async (request) => {
    const { url, signal } = request;
    signal?.throwIfAborted();
    const ending = new AbortController();
    const end = () => ending.abort(signal?.reason);
    signal?.addEventListener("abort", end);
    const close = () => {
      signal?.removeEventListener("abort", end);
      ending.abort();
    };
    const limit = {
      milliseconds: runtime.stallTimeout,
      error: () => stalled(url, "nothing", runtime),
    };
    try {
      const response = await withDeadline(
        fetch(url, { ...init(request), client, signal: ending.signal }),
        { limit },
      );
      return new FetchedAnswer(url, response, { limit, signal, runtime, close });
    } catch (error) {
      close();
      throw failure(url, error, signal);
    }
  };
}

function init({ method = "GET", headers, body }: HttpRequest): RequestInit {
  return {
    method,
    // A layer is what the registry keeps, bit by bit, whether a proxy would compress it or not.
    headers: { "user-agent": "snapvm", "accept-encoding": "identity", ...headers },
    redirect: "manual",
    ...(body === undefined ? {} : { body }),
  };
}

interface Connection {
  readonly limit: { readonly milliseconds: number; error(): Error };
  readonly signal: AbortSignal | undefined;
  readonly runtime: Runtime;
  close(): void;
}

class FetchedAnswer implements HttpAnswer {
  readonly url: URL;
  readonly status: number;
  readonly headers: Headers;
  readonly #body: ReadableStream<Uint8Array<ArrayBuffer>> | null;
  readonly #connection: Connection;

  constructor(url: URL, response: Response, connection: Connection) {
    this.url = url;
    this.status = response.status;
    this.headers = response.headers;
    this.#body = response.body;
    this.#connection = connection;
  }

  async *chunks(): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
    if (this.#body === null) return;
    const { limit, signal, runtime } = this.#connection;
    const reader = this.#body.getReader();
    // The time that we have waited, and what came in it. The time that others take for a chunk does not count.
    let waited = 0;
    let size = 0;
    try {
      for (;;) {
        const start = runtime.now();
        const { done, value } = await withDeadline(reader.read(), { limit });
        if (done) return;
        waited += runtime.now() - start;
        size += value.length;
        if (waited > runtime.stallTimeout) {
          if (size < MIN_RATE * waited / 1000) {
            throw stalled(this.url, `no more than ${size} bytes`, runtime);
          }
          waited = size = 0;
        }
        yield value;
      }
    } catch (error) {
      throw failure(this.url, error, signal);
    } finally {
      await reader.cancel().catch(() => {});
      reader.releaseLock();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#body !== null && !this.#body.locked) await this.#body.cancel().catch(() => {});
    this.#connection.close();
  }
}

function stalled(url: URL, what: string, { stallTimeout }: Runtime): Error {
  return unreachableBecause(url, "stalled", `it sent ${what} in ${stallTimeout / 1000} seconds`);
}

function failure(url: URL, error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return signal.reason;
  return error instanceof SnapvmError ? error : unreachable(url, error);
}
