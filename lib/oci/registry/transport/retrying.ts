import { hasCode } from "../../../error/mod.ts";
import type { HttpAnswer, Send } from "./http.ts";
import type { Runtime } from "./runtime.ts";

/** How often a request is sent at most. */
export const MAX_ATTEMPTS = 5;
const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 10_000;
/** A registry that wants us to wait for longer has a limit that we have reached, and is not busy for a moment. */
const MAX_RETRY_AFTER_MS = 60_000;

/** Statuses of a registry that is busy, restarts, or has lost its storage for a moment. */
const TEMPORARY_STATUSES: readonly number[] = [408, 429, 500, 502, 503, 504];

/**
 * Sends a request again if what went wrong may be better soon.
 *
 * @param send Sends a request once.
 * @param runtime The clock.
 * @returns Sends a request, and gives the last answer or throws the last error.
 */
export function retrying(send: Send, runtime: Runtime): Send {
  return async (request) => {
    for (let attempt = 1;; attempt++) {
      let delay = retryDelay(attempt, runtime);
      try {
        const answer = await send(request);
        if (!TEMPORARY_STATUSES.includes(answer.status) || attempt === MAX_ATTEMPTS) return answer;
        const wanted = retryAfter(answer, runtime);
        if (wanted !== undefined && wanted > MAX_RETRY_AFTER_MS) return answer;
        delay = wanted ?? delay;
        await answer[Symbol.asyncDispose]();
      } catch (error) {
        if (!isTemporary(error) || attempt === MAX_ATTEMPTS) throw error;
      }
      await runtime.sleep(delay, request.signal);
    }
  };
}

/**
 * Says whether a connection was lost, rather than could not be made.
 *
 * @param error What was thrown.
 * @returns Whether another attempt may go well.
 */
export function isTemporary(error: unknown): boolean {
  return hasCode(error, "registry-unreachable") &&
    (error.data.reason === "interrupted" || error.data.reason === "stalled");
}

/**
 * How long to wait after an attempt: twice as long each time, and not as long as everybody else.
 *
 * @param attempt The attempt, from 1.
 * @param runtime Where chance comes from.
 * @returns Milliseconds.
 */
export function retryDelay(attempt: number, runtime: Runtime): number {
  const delay = Math.min(FIRST_DELAY_MS * 2 ** (attempt - 1), MAX_DELAY_MS);
  return delay * (0.5 + runtime.random() / 2);
}

/** What `Retry-After` says, in seconds or as a date (RFC 9110, 10.2.3), in milliseconds from now. */
function retryAfter({ headers }: HttpAnswer, runtime: Runtime): number | undefined {
  const text = headers.get("retry-after")?.trim();
  if (text === undefined || text === "") return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - runtime.now());
}
