import xzDecompress from "xz-decompress";
import { DecompressionFailed } from "./decompression_failed.ts";
import type { StreamReader } from "./stream_reader.ts";

/** Unpacks an xz stream. The reader stands somewhere behind its end afterwards: the decoder reads ahead. */
export async function* unxz(reader: StreamReader): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
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
    throw new DecompressionFailed("its xz data is damaged, cut short or uses an unknown filter", {
      cause,
    });
  } finally {
    // It frees the decoder where the data were not read to their end, and fails where they were.
    await unpacked.cancel().catch(() => {});
  }
}
