import type { Send } from "./http.ts";
import { protocolError } from "./protocol_error.ts";
import { showUrl } from "./show_url.ts";
import { whyNotLeadTo } from "./why_not_lead_to.ts";

/** As many as Go's clients follow. */
const MAX_REDIRECTS = 10;
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

/**
 * Follows redirects. Credentials stay with the origin for which they were meant.
 *
 * @param send Sends a request to where it begins.
 * @param sendElsewhere Sends a request to another origin (default: the same; it differs if there is a certificate that
 * says who we are).
 * @returns Sends a request and gives the last answer; it rejects with `registry-protocol` for a redirect that is not
 * to be followed.
 */
export function followingRedirects(send: Send, sendElsewhere: Send = send): Send {
  return async (request) => {
    let { url, headers } = request;
    for (let redirects = 0;; redirects++) {
      const isHome = url.origin === request.url.origin;
      const answer = await (isHome ? send : sendElsewhere)({ ...request, url, headers });
      const location = answer.headers.get("location");
      if (!REDIRECTS.includes(answer.status) || location === null) return answer;
      await answer[Symbol.asyncDispose]();
      const next = URL.parse(location, url);
      const problem = redirects === MAX_REDIRECTS
        ? `it redirects more than ${MAX_REDIRECTS} times`
        : next === null
        ? "it redirects to what is not an address"
        : refusal(url, next);
      if (problem !== undefined || next === null) {
        throw protocolError(request.url, `Cannot read ${showUrl(request.url)}: ${problem}`);
      }
      if (next.origin !== url.origin) headers = withoutCredentials(headers);
      url = next;
    }
  };
}

function refusal(from: URL, to: URL): string | undefined {
  const reason = whyNotLeadTo(from, to);
  return reason && `it redirects to ${to.origin}, and ${reason}`;
}

function withoutCredentials(
  headers: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => name.toLowerCase() !== "authorization"),
  );
}
