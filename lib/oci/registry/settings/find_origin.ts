import { hasCode } from "../../../error/mod.ts";
import type { Send } from "../transport/http.ts";
import { type Endpoint, hostOf } from "./endpoint.ts";

/**
 * Finds out how a registry is talked to.
 *
 * @param endpoint The registry.
 * @param send Sends a request.
 * @param signal Ends the search.
 * @returns The registry's origin, `https://host`.
 */
export async function findOrigin(
  { registry, scheme }: Endpoint,
  send: Send,
  signal: AbortSignal,
): Promise<string> {
  const host = hostOf(registry);
  if (scheme !== "any") return `${scheme}://${host}`;
  try {
    await using _ = await send({ url: new URL(`https://${host}/v2/`), headers: {}, signal });
    return `https://${host}`;
  } catch (error) {
    // Where there is a certificate, nothing speaks plain HTTP.
    if (!hasCode(error, "registry-unreachable") || error.data.reason === "certificate") throw error;
    return `http://${host}`;
  }
}
