import { type ErrorData, SnapvmError } from "../../../error/mod.ts";

/** Why a registry could not be talked to. */
export type UnreachableReason = ErrorData["registry-unreachable"]["reason"];

/** What Deno's messages say about the kinds of failures. */
const REASONS: readonly (readonly [RegExp, UnreachableReason])[] = [
  [/certificate|UnknownIssuer|NotValidForName|CertExpired/i, "certificate"],
  [/dns error|failed to lookup address/i, "name"],
  [/connection refused/i, "refused"],
  [/InvalidContentType|invalid HTTP version|corrupt message|HandshakeFailure|alert/i, "not-http"],
  [
    /reset|closed|broken pipe|unexpected eof|incomplete|aborted|error reading a body|timed out|end of file/i,
    "interrupted",
  ],
];

/**
 * The error for a connection that failed.
 *
 * @param url Where to; its host alone is shown.
 * @param cause What `fetch` threw. It is not kept: its text has the whole URL, which can have a signature in it.
 * @returns The error.
 */
export function unreachable(url: URL, cause: unknown): SnapvmError<"registry-unreachable"> {
  const text = textOf(cause);
  const reason = REASONS.find(([pattern]) => pattern.test(text))?.[1] ?? "other";
  return unreachableBecause(url, reason, shorten(text));
}

/**
 * The error for a connection that did not come about, or did not hold.
 *
 * @param url Where to.
 * @param reason Its kind.
 * @param text What happened.
 * @returns The error.
 */
export function unreachableBecause(
  url: URL,
  reason: UnreachableReason,
  text: string,
): SnapvmError<"registry-unreachable"> {
  return new SnapvmError("registry-unreachable", `Cannot reach ${url.origin}: ${text}`, {
    data: { registry: url.host, reason },
  });
}

/** The messages of an error and its causes. Since Deno 2.9 the one that says what happened is in the cause. */
function textOf(error: unknown): string {
  const messages: string[] = [];
  for (let at = error; at instanceof Error && messages.length < 5; at = at.cause) {
    messages.push(at.message);
  }
  return messages.length > 0 ? messages.join(": ") : String(error);
}

/** Leaves out where the request went to: "client error (Connect): " comes before what happened. */
function shorten(text: string): string {
  const reason = /client error \(\w+\): (.*)$/s.exec(text)?.[1] ?? text;
  return reason.replaceAll(/\w+:\/\/\S+/g, "…").replace(/ \(os error \d+\)/, "").slice(0, 200);
}
