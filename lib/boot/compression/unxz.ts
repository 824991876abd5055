import xzDecompress from "xz-decompress";
import { decompressionFailed } from "./decompression_failed.ts";
import type { StreamReader } from "./stream_reader.ts";

/** Unpacks an xz stream. The decoder reads ahead, so the reader ends up somewhere behind the stream. */
export async function* unxz(
  reader: StreamReader,
  name: string,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  let sourceFailure: unknown;
  const compressed = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      try {
        const bytes = await reader.available();
        if (bytes.length === 0) return controller.close();
        controller.enqueue(bytes.slice());
        reader.advance(bytes.length);
      } catch (error) {
        sourceFailure = error;
        throw error;
      }
    },
  }, { highWaterMark: 0 });
  const unpacked = new xzDecompress.XzReadableStream(compressed).getReader();
  try {
    for (;;) {
      const { done, value } = await unpacked.read();
      if (done) return;
      yield new Uint8Array(value);
    }
  } catch (cause) {
    if (sourceFailure !== undefined) throw sourceFailure;
    const why = "its xz data is damaged, cut short or uses an unknown filter";
    throw decompressionFailed(name, why, cause);
  } finally {
    // This frees the decoder if the data was not read to its end, and fails if it was.
    await unpacked.cancel().catch(() => {});
  }
}
