import { constants, createGunzip, createZstdDecompress } from "node:zlib";
import type { Transform } from "node:stream";
import { freeMemory } from "./free_memory.ts";
import { inPieces } from "./in_pieces.ts";
import { LayerFault } from "./layer_fault.ts";
import { ZstdFramer } from "./zstd_framer.ts";

const OUTPUT_SIZE = 1 << 18;
/** How many pieces of output may wait for the reader. */
const MAX_WAITING = 2;
const MAX_WINDOW_LOG = 27;
/** How much of zstd data is unpacked at a time, if it need not be a block. */
const GROUP_SIZE = 1 << 18;

/** How some bytes are compressed. */
export type Compression = "gzip" | "zstd" | "none";

/**
 * Says by its first bytes how an archive is compressed.
 *
 * @param start Its first four bytes, or all of it if it has fewer.
 * @throws {LayerFault} If it is compressed in another way than those that layers have.
 */
export function compressionOf(start: Uint8Array): Compression {
  const [a = 0, b = 0, c = 0, d = 0] = start;
  if (a === 0x1f && b === 0x8b) return "gzip";
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return "zstd";
  if ((a & 0xf0) === 0x50 && b === 0x2a && c === 0x4d && d === 0x18) return "zstd";
  const other = [
    ["bzip2", 0x42, 0x5a, 0x68],
    ["xz", 0xfd, 0x37, 0x7a],
    ["lz4", 0x04, 0x22, 0x4d],
  ].find(([, ...magic]) => magic.every((byte, index) => byte === start[index]));
  if (other === undefined) return "none";
  throw new LayerFault("compression-unknown", `it is compressed with ${other[0]}`);
}

/**
 * Unpacks in this thread.
 *
 * @param input The compressed bytes.
 * @param compression How they are compressed.
 * @param signal Ends the unpacking with its reason.
 * @param isAlone Whether damaged data may end this thread: it is quicker then.
 * @throws {LayerFault} If they are damaged or cut short; whatever the input throws.
 */
export async function* decompress(
  input: AsyncIterable<Uint8Array<ArrayBuffer>>,
  compression: Exclude<Compression, "none">,
  signal: AbortSignal,
  isAlone = false,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  const options = {
    chunkSize: OUTPUT_SIZE,
    // Otherwise what waits is copied into one piece.
    readableObjectMode: true,
    readableHighWaterMark: MAX_WAITING,
  };
  const stream = compression === "gzip" ? createGunzip(options) : createZstdDecompress({
    ...options,
    params: { [constants.ZSTD_d_windowLogMax]: MAX_WINDOW_LOG },
  });
  const onAbort = () => void stream.destroy();
  signal.addEventListener("abort", onAbort);
  let inputError: { readonly error: unknown } | undefined;
  const feeding = feed(stream, compression === "zstd" ? inFrames(input, isAlone) : inPieces(input))
    .catch((error) => {
      inputError = { error };
      stream.destroy();
    });
  try {
    signal.throwIfAborted();
    for await (const piece of stream) yield piece;
  } catch (cause) {
    signal.throwIfAborted();
    if (inputError === undefined) {
      throw new LayerFault(
        `${compression}-damaged`,
        `its ${compression} data is damaged, cut short or followed by something else`,
        undefined,
        cause,
      );
    }
    throw inputError.error;
  } finally {
    signal.removeEventListener("abort", onAbort);
    stream.destroy();
    await feeding;
  }
  if (inputError !== undefined) throw (inputError as { readonly error: unknown }).error;
}

/** Feeds the stream pieces whose memory is theirs alone. */
async function feed(
  stream: Transform,
  pieces: AsyncIterable<Uint8Array<ArrayBuffer>>,
): Promise<void> {
  const closed = new Promise<void>((resolve) => stream.once("close", resolve));
  for await (const piece of pieces) {
    if (stream.destroyed) return;
    if (stream.write(piece)) continue;
    const drained = Promise.withResolvers<void>();
    stream.once("drain", drained.resolve);
    await Promise.race([drained.promise, closed]);
    stream.removeListener("drain", drained.resolve);
    if (!stream.destroyed) freeMemory(piece);
  }
  stream.end();
}

/** Pieces that end where the decoder needs it. */
async function* inFrames(
  input: AsyncIterable<Uint8Array<ArrayBuffer>>,
  isGrouped: boolean,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  const framer = new ZstdFramer();
  let parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const bytes of input) {
    for (const part of framer.push(bytes)) {
      parts.push(part);
      length += part.length;
      const isFull = isGrouped
        ? framer.isAtFrameEnd || length >= GROUP_SIZE
        : framer.isAtBlockEnd || length >= GROUP_SIZE;
      if (!isFull) continue;
      yield concatenate(parts, length);
      parts = [];
      length = 0;
    }
    // Their memory is the input's.
    if (length > 0) {
      parts = [concatenate(parts, length)];
    }
  }
  framer.end();
}

function concatenate(
  parts: readonly Uint8Array<ArrayBuffer>[],
  length: number,
): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
