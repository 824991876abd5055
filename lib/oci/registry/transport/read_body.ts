import type { HttpAnswer } from "./http.ts";

/**
 * Reads a body, as far as its limit.
 *
 * @param answer The answer.
 * @param limit How many bytes may come.
 * @returns The bytes; `undefined` if there are more.
 */
export async function readBody(
  answer: HttpAnswer,
  limit: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const chunk of answer.chunks()) {
    size += chunk.length;
    if (size > limit) return undefined;
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
