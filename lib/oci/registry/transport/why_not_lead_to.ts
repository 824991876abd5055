/**
 * Says whether a registry may name a place for us to go to next: by a redirect, or as its token server. It may not lead
 * from HTTPS to plain HTTP, nor from elsewhere into this machine or to addresses that only have a meaning on it, such
 * as those at which clouds hand out a machine's credentials.
 *
 * @param from Where the answer came from.
 * @param to What it names.
 * @returns Why not; `undefined` if it may.
 */
export function whyNotLeadTo(from: URL, to: URL): string | undefined {
  if (to.protocol !== "https:" && to.protocol !== "http:") return "it is not an HTTP address";
  if (from.protocol === "https:" && to.protocol === "http:") return "it is not encrypted";
  if (to.username !== "" || to.password !== "") return "it has a password in it";
  if (isOfThisMachine(to.hostname) && !isOfThisMachine(from.hostname)) {
    return "it is an address of this machine";
  }
  return undefined;
}

/** Loopback and link-local addresses. `URL` has written numbers in all their spellings in the usual one. */
function isOfThisMachine(host: string): boolean {
  return /^(?:(?:.*\.)?localhost\.?|127(?:\.\d+){3}|0\.0\.0\.0|169\.254(?:\.\d+){2})$/.test(host) ||
    /^\[(?:::1?|fe[89ab].*|::ffff:(?:7f|a9fe:|0:0).*)\]$/.test(host);
}
