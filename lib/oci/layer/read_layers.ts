import { SnapvmError } from "../../error/mod.ts";
import { quote } from "../names/quote.ts";
import { LayerFault } from "./layer_fault.ts";
import type { LayerInput } from "./layer_input.ts";
import type { LayerVisitor } from "./layer_member.ts";
import { OpenedLayer } from "./opened_layer.ts";
import type { ReadLayerOptions } from "./read_layer_options.ts";
import { TarReader } from "./tar_reader.ts";
import { UnpackingThreads } from "./unpacking_threads.ts";

/** No disk that an image is unpacked to has more. */
const MAX_ARCHIVE_SIZE = 2 ** 44;

/** A visitor that can ask for time. */
export interface WaitingVisitor extends LayerVisitor {
  /** A promise to wait for before more is given. */
  ready?(): Promise<void> | undefined;
}

/**
 * Reads layers one after the other. The next one is begun while one is read, so that its unpacking keeps ahead.
 *
 * @param layers The layers, the lowest first.
 * @param visitorOf Makes or gives the visitor of the next layer.
 * @param options How to read.
 */
export async function readLayers(
  layers: readonly LayerInput[],
  visitorOf: () => WaitingVisitor,
  { signal, maxSize = MAX_ARCHIVE_SIZE, onProgress }: ReadLayerOptions,
): Promise<void> {
  signal?.throwIfAborted();
  // A failure ends the reading of the next layer too.
  const ending = new AbortController();
  const end = () => ending.abort(signal?.reason);
  signal?.addEventListener("abort", end);
  let done = 0;
  let entries = 0;
  const onBytes = (count: number) => {
    done += count;
  };
  using threads = new UnpackingThreads();
  const opened = layers.map((layer) =>
    new OpenedLayer(layer, { signal: ending.signal, maxSize, threads, onBytes })
  );
  try {
    for (const [index, current] of opened.entries()) {
      opened[index + 1]?.begin();
      const visitor = visitorOf();
      const reader = new TarReader(visitor);
      try {
        for await (const piece of current.archive()) {
          reader.push(piece);
          await visitor.ready?.();
          onProgress?.({ done, entries: entries + reader.members });
        }
        reader.end();
      } catch (error) {
        if (!(error instanceof LayerFault)) throw error;
        await current.verify();
        throw corruptLayer(layers[index]!.descriptor.digest, error, reader.path);
      }
      entries += reader.members;
      onProgress?.({ done, entries });
      await current[Symbol.asyncDispose]();
    }
  } finally {
    signal?.removeEventListener("abort", end);
    ending.abort();
    await Promise.all(opened.map((layer) => layer[Symbol.asyncDispose]()));
  }
}

function corruptLayer(
  digest: string,
  fault: LayerFault,
  current: Uint8Array | undefined,
): SnapvmError<"corrupt-layer"> {
  const bytes = fault.path ?? current;
  const path = bytes && new TextDecoder().decode(bytes);
  const subject = path === undefined ? "" : `the member ${quote(path)} of `;
  return new SnapvmError(
    "corrupt-layer",
    `Cannot read ${subject}the layer ${digest}: ${fault.message}`,
    { data: { digest, rule: fault.rule, ...path !== undefined && { path } }, cause: fault },
  );
}
