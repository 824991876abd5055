import type { Send } from "../transport/http.ts";
import type { Authorization } from "./authorization.ts";

/**
 * Says to a registry who we are, once it has asked.
 *
 * @param send Sends a request.
 * @param authorization The header for the registry.
 * @returns Sends a request, a second time if the first one was refused for want of a better header.
 */
export function authorizing(send: Send, authorization: Authorization): Send {
  return async (request) => {
    const used = await authorization.header(request.signal);
    const answer = await send(withHeader(used));
    // The server of a redirect has no right to ask.
    if (answer.status !== 401 || answer.url.origin !== request.url.origin) return answer;
    let next: string | undefined;
    try {
      next = await authorization.refused(answer, used, request.signal);
    } catch (error) {
      await answer[Symbol.asyncDispose]();
      throw error;
    }
    if (next === undefined) return answer;
    await answer[Symbol.asyncDispose]();
    return await send(withHeader(next));

    function withHeader(header: string | undefined): typeof request {
      return header === undefined
        ? request
        : { ...request, headers: { ...request.headers, authorization: header } };
    }
  };
}
