import xz from "xz-decompress";
import { sourceUnreadable } from "./source_errors.ts";

/**
 * Unpacks xz data.
 *
 * @throws {SnapvmError} `source-unreadable` if it is damaged or cut short.
 */
export async function* unpackXz(
  chunks: AsyncGenerator<Uint8Array<ArrayBuffer>, void>,
  name: string,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  let failure: unknown;
  const compressed = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      try {
        const { done, value } = await chunks.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        failure = error;
        throw error;
      }
    },
  }, { highWaterMark: 0 });
  const reader = new xz.XzReadableStream(compressed).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield new Uint8Array(value);
    }
  } catch (cause) {
    throw failure ?? sourceUnreadable(name, "its xz data is damaged or cut short", cause);
  } finally {
    // This frees the decoder if the data was not read to its end, and fails if it was.
    await reader.cancel().catch(() => {});
    await chunks.return();
  }
}
