import type { HttpRequest, Send } from "../transport/http.ts";
import { protocolError } from "../transport/protocol_error.ts";
import { readBody } from "../transport/read_body.ts";
import { registryError } from "../transport/registry_error.ts";
import { showUrl } from "../transport/show_url.ts";
import { whyNotLeadTo } from "../transport/why_not_lead_to.ts";
import { basic } from "./basic.ts";
import type { Credentials } from "./credentials.ts";

/** Tokens are some kilobytes; those of large clouds some more. */
const MAX_ANSWER_SIZE = 256 * 1024;
/** What a token server means if it does not say how long a token holds, in seconds. */
const DEFAULT_EXPIRY = 60;
const CLIENT_ID = "snapvm";

/** A token for a registry. */
export interface Token {
  readonly token: string;
  /** How long it holds, in seconds. */
  readonly expiresIn: number;
}

/** What a token is asked for with. */
export interface TokenRequest {
  /** The registry that wants the token: the address of the answer with the challenge. */
  readonly registry: URL;
  /** The parameters of its challenge. */
  readonly parameters: Readonly<Record<string, string>>;
  /** What we want to do, if the challenge does not say. */
  readonly scope: string;
  readonly credentials: Credentials | undefined;
  readonly notes: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * Asks a registry's token server for a token.
 *
 * Source: the distribution project, "Token Authentication Specification" and "OAuth 2.0 Token Authentication".
 *
 * @param send Sends a request, without credentials of its own and without following redirects.
 * @param options What to ask for.
 * @returns The token.
 * @throws {SnapvmError} `registry-error` if it is refused; `registry-protocol` if the token server is no place for
 * credentials, or its answer makes no sense.
 */
export async function requestToken(send: Send, options: TokenRequest): Promise<Token> {
  const { registry, notes } = options;
  const realm = URL.parse(options.parameters["realm"] ?? "");
  if (realm === null) {
    throw protocolError(registry, `Cannot log in to ${registry.host}: it names no token server`);
  }
  const problem = whyNotLeadTo(registry, realm);
  if (problem !== undefined) {
    throw protocolError(
      registry,
      `Cannot log in to ${registry.host}: its token server is ${realm.origin}, and ${problem}`,
    );
  }
  await using answer = await send(tokenRequest(realm, options));
  if (answer.status !== 200) {
    throw await registryError(`log in to ${registry.host}`, answer, notes);
  }
  const token = parseToken(await readBody(answer, MAX_ANSWER_SIZE));
  if (token === undefined) {
    throw protocolError(
      realm,
      `Cannot log in to ${registry.host}: the answer of ${showUrl(realm)} has no token`,
    );
  }
  return token;
}

function tokenRequest(realm: URL, options: TokenRequest): HttpRequest {
  const { parameters, credentials, signal } = options;
  const { service, scope = options.scope } = parameters;
  const query = new URLSearchParams(service === undefined ? {} : { service });
  const scopes = scope.split(" ").filter((one) => one !== "");
  if (credentials?.kind === "identity-token") {
    query.append("scope", scopes.join(" "));
    query.append("grant_type", "refresh_token");
    query.append("client_id", CLIENT_ID);
    query.append("refresh_token", credentials.token);
    return {
      url: realm,
      method: "POST",
      headers: {
        accept: "application/json",
        "content-type": "application/x-www-form-urlencoded",
      },
      body: query.toString(),
      signal,
    };
  }
  for (const one of scopes) query.append("scope", one);
  const url = new URL(realm);
  if (credentials?.kind === "password") query.append("account", credentials.username);
  for (const [name, value] of query) url.searchParams.append(name, value);
  const authorization: Record<string, string> = credentials?.kind === "password"
    ? { authorization: basic(credentials.username, credentials.password) }
    : {};
  return { url, headers: { accept: "application/json", ...authorization }, signal };
}

function parseToken(bytes: Uint8Array | undefined): Token | undefined {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { token, access_token, expires_in } = value as Readonly<Record<string, unknown>>;
  const text = [token, access_token].find((one) => typeof one === "string" && one !== "");
  // What could end the header is not a token.
  if (typeof text !== "string" || !/^[\x21-\x7e]+$/.test(text)) return undefined;
  const isTime = typeof expires_in === "number" && expires_in > 0 && Number.isFinite(expires_in);
  return { token: text, expiresIn: isTime ? expires_in : DEFAULT_EXPIRY };
}
