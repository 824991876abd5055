import { constants, createZstdDecompress } from "node:zlib";
import { decompressionFailed } from "./decompression_failed.ts";
import type { StreamReader } from "./stream_reader.ts";
import { ZlibSteps } from "./zlib_steps.ts";

const FRAME_MAGIC = 0xfd2fb528;
const MAX_FRAME_HEADER_SIZE = 18;
/** The largest window that `zstd --ultra -22` chooses, as a power of two: 128 MiB. */
const MAX_WINDOW_LOG = 27;
const BLOCK_HEADER_SIZE = 3;
const MAX_BLOCK_SIZE = 1 << 17;
const BLOCK_TYPE_RLE = 1;
const CHECKSUM_SIZE = 4;
const OUTPUT_CHUNK_SIZE = 1 << 18;

/**
 * Unpacks one Zstandard frame (RFC 8878) and leaves the reader behind it.
 *
 * The decoder gets the frame block by block. In Deno 2.7 to 2.9 bad input whose output fills a chunk throws outside
 * the stream and ends the program, and data that is cut short counts as complete. Neither can happen with one block at
 * a time, and going from block to block shows where the frame ends.
 */
export async function* unzstd(
  reader: StreamReader,
  name: string,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  const header = parseFrameHeader(await reader.peek(MAX_FRAME_HEADER_SIZE), name);
  const stream = createZstdDecompress({
    chunkSize: OUTPUT_CHUNK_SIZE,
    params: { [constants.ZSTD_d_windowLogMax]: MAX_WINDOW_LOG },
  });
  using steps = new ZlibSteps(stream, "zstd", name);
  const writeNext = async (length: number) => {
    const bytes = await reader.peek(length);
    if (bytes.length < length) throw decompressionFailed(name, "its zstd data is cut short");
    await steps.write(bytes);
    reader.advance(length);
  };
  await writeNext(header.size);
  for (let isLast = false; !isLast;) {
    const block = parseBlockHeader(await reader.peek(BLOCK_HEADER_SIZE), name);
    isLast = block.isLast;
    await writeNext(block.size);
    yield* steps.takeOutput();
  }
  if (header.hasChecksum) await writeNext(CHECKSUM_SIZE);
  await steps.end();
  yield* steps.takeOutput();
}

function parseFrameHeader(
  start: Uint8Array,
  name: string,
): { size: number; hasChecksum: boolean } {
  const header = new Uint8Array(MAX_FRAME_HEADER_SIZE);
  header.set(start);
  const view = new DataView(header.buffer);
  const descriptor = view.getUint8(4);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const dictionaryIdSize = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const contentSizeFlag = descriptor >> 6;
  const contentSizeSize = contentSizeFlag === 0 ? Number(isSingleSegment) : 2 ** contentSizeFlag;
  const size = 5 + Number(!isSingleSegment) + dictionaryIdSize + contentSizeSize;
  if (view.getUint32(0, true) !== FRAME_MAGIC || start.length < size) {
    throw decompressionFailed(name, "its zstd header is damaged or cut short");
  }
  return { size, hasChecksum: (descriptor & 4) !== 0 };
}

/** A block's size counts its header and its stored bytes. */
function parseBlockHeader(start: Uint8Array, name: string): { size: number; isLast: boolean } {
  const [low, middle, high] = start;
  if (low === undefined || middle === undefined || high === undefined) {
    throw decompressionFailed(name, "its zstd data is cut short");
  }
  const header = low | middle << 8 | high << 16;
  const size = header >> 3;
  if (size > MAX_BLOCK_SIZE) {
    throw decompressionFailed(name, "its zstd data has a block that is too large");
  }
  const stored = (header >> 1 & 3) === BLOCK_TYPE_RLE ? 1 : size;
  return { size: BLOCK_HEADER_SIZE + stored, isLast: (header & 1) !== 0 };
}
