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
  try {
    for await (const chunk of new xzDecompress.XzReadableStream(compressed)) {
      yield new Uint8Array(chunk);
    }
  } catch (cause) {
    if (sourceFailure !== undefined) throw sourceFailure;
    throw new DecompressionFailed("its xz data is damaged, cut short or uses an unknown filter", {
      cause,
    });
  }
}
