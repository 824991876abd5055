import { withDeadline } from "../../../host/mod.ts";
import type { HttpAnswer, Send } from "../transport/http.ts";
import type { Runtime } from "../transport/runtime.ts";
import { basic } from "./basic.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";
import type { FoundCredentials } from "./credentials.ts";
import { requestToken } from "./request_token.ts";

/** The part of a token's life after which it is renewed, so that it does not end on the way. */
const USABLE_LIFE = 0.9;

/** What {@linkcode Authorization} works with. */
export interface AuthorizationOptions {
  /** What tokens are asked for, `repository:library/alpine:pull`. */
  readonly scope: string;
  /** Sends requests to token servers. */
  readonly send: Send;
  /** Looks up who we are: once, and not before a registry asks. */
  readonly findCredentials: () => Promise<FoundCredentials>;
  readonly runtime: Runtime;
  /** Ends requests for tokens. They serve all requests to the registry, so the signal of one does not end them. */
  readonly signal: AbortSignal;
}

/** The header `Authorization` for one repository of one registry. Requests at the same time share it. */
export class Authorization {
  readonly #options: AuthorizationOptions;
  #found: Promise<FoundCredentials> | undefined;
  #header: string | undefined;
  #expiry = Infinity;
  /** The registry's last challenge and its address, to renew a token before the registry refuses it. */
  #challenge: { readonly challenge: Challenge; readonly registry: URL } | undefined;
  #renewing: Promise<string | undefined> | undefined;

  constructor(options: AuthorizationOptions) {
    this.#options = options;
  }

  /** What went wrong while looking up who we are. */
  async notes(): Promise<readonly string[]> {
    return (await this.#found)?.notes ?? [];
  }

  /** The header to send; `undefined` for none. */
  async header(signal: AbortSignal | undefined): Promise<string | undefined> {
    if (this.#challenge === undefined || this.#options.runtime.now() < this.#expiry) {
      return this.#header;
    }
    return await this.#renew(this.#challenge, signal);
  }

  /**
   * Takes a registry's refusal of a request.
   *
   * @param answer The answer, which came from the registry itself.
   * @param used The header with which the request was sent.
   * @param signal Ends the waiting.
   * @returns The header to try next; `undefined` if there is none.
   */
  async refused(
    answer: HttpAnswer,
    used: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<string | undefined> {
    // Another request was refused before, and has the next header already.
    if (this.#header !== used && this.#header !== undefined) return this.#header;
    const challenges = parseChallenges(answer.headers.get("www-authenticate") ?? "");
    const challenge = challenges.find(({ scheme }) => scheme === "bearer") ??
      challenges.find(({ scheme }) => scheme === "basic");
    if (challenge === undefined) return undefined;
    const next = await this.#renew({ challenge, registry: answer.url }, signal);
    return next === used ? undefined : next;
  }

  #renew(
    asked: { readonly challenge: Challenge; readonly registry: URL },
    signal: AbortSignal | undefined,
  ): Promise<string | undefined> {
    this.#challenge = asked;
    this.#renewing ??= this.#make(asked).finally(() => this.#renewing = undefined);
    return withDeadline(this.#renewing, { signal });
  }

  async #make(
    { challenge, registry }: { readonly challenge: Challenge; readonly registry: URL },
  ): Promise<string | undefined> {
    const { scope, send, runtime, signal } = this.#options;
    const { credentials, notes } = await (this.#found ??= this.#options.findCredentials());
    if (credentials?.kind === "registry-token") {
      this.#header = `Bearer ${credentials.token}`;
    } else if (challenge.scheme === "basic") {
      this.#header = credentials?.kind === "password"
        ? basic(credentials.username, credentials.password)
        : undefined;
    } else {
      const { parameters } = challenge;
      const asked = runtime.now();
      const token = await requestToken(send, {
        registry,
        parameters,
        scope,
        credentials,
        notes,
        signal,
      });
      this.#header = `Bearer ${token.token}`;
      this.#expiry = asked + token.expiresIn * 1000 * USABLE_LIFE;
    }
    return this.#header;
  }
}
