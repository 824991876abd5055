import { reasonOf } from "../../error/mod.ts";
import type { Reference } from "../names/reference.ts";
import { Authorization } from "./authentication/authorization.ts";
import { authorizing } from "./authentication/authorizing.ts";
import { findCredentials } from "./authentication/find_credentials.ts";
import type { RegistryOptions } from "./registry_options.ts";
import { RegistrySource } from "./registry_source.ts";
import { Repository } from "./repository.ts";
import { findOrigin } from "./settings/find_origin.ts";
import type { Endpoint } from "./settings/endpoint.ts";
import { findCertificates } from "./settings/find_certificates.ts";
import { findEndpoints } from "./settings/find_endpoints.ts";
import { invalidSettings } from "./settings/read_settings.ts";
import { fetching } from "./transport/fetching.ts";
import { followingRedirects } from "./transport/following_redirects.ts";
import { retrying } from "./transport/retrying.ts";
import { type Runtime, SYSTEM_RUNTIME } from "./transport/runtime.ts";

/** More than there are layers to fetch at the same time; connections that are not used are not kept for long. */
const MAX_IDLE_CONNECTIONS = 8;
const IDLE_TIMEOUT_MS = 30_000;

/** What a test replaces. */
export interface Surroundings {
  readonly runtime?: Runtime;
  /** The folder of the system's settings (default: `/etc`). */
  readonly etc?: string;
}

/**
 * Puts the parts together that pull an image.
 *
 * @param name The reference as the user wrote it.
 * @param reference The full reference.
 * @param options How to reach the registry.
 * @param surroundings What a test replaces.
 * @returns The image.
 */
export async function connect(
  name: string,
  reference: Reference,
  options: RegistryOptions,
  { runtime = SYSTEM_RUNTIME, etc = "/etc" }: Surroundings = {},
): Promise<RegistrySource> {
  const { env = Deno.env.toObject(), plainHttp = false, caFile, authFile, signal } = options;
  const folders = { etc, env };
  const endpoints = await findEndpoints(reference, { folders, plainHttp });
  const lifetime = new AbortController();
  const onAbort = () => lifetime.abort(signal?.reason);
  if (signal?.aborted) onAbort();
  else signal?.addEventListener("abort", onAbort);
  const clients: Deno.HttpClient[] = [];
  return new RegistrySource({
    name,
    reference,
    repositories: endpoints.map((endpoint) => lazily(() => open(endpoint))),
    runtime,
    lifetime,
    close: () => {
      signal?.removeEventListener("abort", onAbort);
      for (const client of clients.splice(0)) client.close();
    },
  });

  async function open(endpoint: Endpoint): Promise<Repository> {
    const { registry } = endpoint;
    const { ca, identity } = await findCertificates(registry, { folders, caFile });
    lifetime.signal.throwIfAborted();
    const send = fetching(client(registry, ca, identity), runtime);
    // A certificate that says who we are is for the registry alone.
    const sendElsewhere = identity === undefined ? send : fetching(client(registry, ca), runtime);
    const origin = await findOrigin(endpoint, send, lifetime.signal);
    const authorization = new Authorization({
      scope: `repository:${endpoint.path}:pull`,
      send: retrying(sendElsewhere, runtime),
      findCredentials: () =>
        findCredentials(endpoint, { folders, authFile, signal: lifetime.signal }),
      runtime,
      signal: lifetime.signal,
    });
    return new Repository({
      name: `${endpoint.registry}/${endpoint.path}`,
      url: `${origin}/v2/${endpoint.path}`,
      send: retrying(
        authorizing(followingRedirects(send, sendElsewhere), authorization),
        runtime,
      ),
      authorization,
    });
  }

  function client(
    registry: string,
    caCerts: readonly string[],
    identity?: { readonly cert: string; readonly key: string },
  ): Deno.HttpClient {
    try {
      const made = Deno.createHttpClient({
        caCerts: [...caCerts],
        ...identity,
        // One connection for each blob: one that stalls holds up no other.
        http2: false,
        poolMaxIdlePerHost: MAX_IDLE_CONNECTIONS,
        poolIdleTimeout: IDLE_TIMEOUT_MS,
      });
      clients.push(made);
      return made;
    } catch (cause) {
      throw invalidSettings(`the certificates for ${registry}`, reasonOf(cause), cause);
    }
  }
}

/** Makes something once for all who want it, and again if that failed. */
function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
