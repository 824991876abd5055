import { constants, createZstdDecompress } from "node:zlib";
import { DecompressionFailed } from "./decompression_failed.ts";
import type { StreamReader } from "./stream_reader.ts";
import { ZlibSteps } from "./zlib_steps.ts";

const FRAME_MAGIC = 0xfd2fb528;
const FRAME_HEADER_SIZE_MAX = 18;
/** The largest window, as a power of two, that `zstd --ultra -22` chooses: 128 MiB. */
const WINDOW_LOG_MAX = 27;
const BLOCK_HEADER_SIZE = 3;
const BLOCK_SIZE_MAX = 1 << 17;
const BLOCK_TYPE_RLE = 1;
const CHECKSUM_SIZE = 4;
const OUTPUT_CHUNK_SIZE = 1 << 18;

/**
 * Unpacks one Zstandard frame (RFC 8878) and leaves the reader behind it.
 *
 * The decoder gets the frame block by block. In Deno 2.7 to 2.9 a failure in input whose output fills a chunk is
 * raised outside of the stream and ends the program, and data that are cut short count as complete; one block at a
 * time cannot fail that way, and the walk from block to block knows where the frame ends.
 */
export async function* unzstd(reader: StreamReader): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  const header = parseFrameHeader(await reader.peek(FRAME_HEADER_SIZE_MAX));
  const stream = createZstdDecompress({
    chunkSize: OUTPUT_CHUNK_SIZE,
    params: { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG_MAX },
  });
  using steps = new ZlibSteps(stream, "zstd");
  await writeNext(steps, reader, header.size);
  for (let isLast = false; !isLast;) {
    const block = parseBlockHeader(await reader.peek(BLOCK_HEADER_SIZE));
    isLast = block.isLast;
    await writeNext(steps, reader, block.size);
    yield* steps.takeOutput();
  }
  if (header.hasChecksum) await writeNext(steps, reader, CHECKSUM_SIZE);
  await steps.end();
  yield* steps.takeOutput();
}

async function writeNext(steps: ZlibSteps, reader: StreamReader, length: number): Promise<void> {
  const bytes = await reader.peek(length);
  if (bytes.length < length) throw new DecompressionFailed("its zstd data is cut short");
  await steps.write(bytes);
  reader.advance(length);
}

function parseFrameHeader(start: Uint8Array): { size: number; hasChecksum: boolean } {
  const header = new Uint8Array(FRAME_HEADER_SIZE_MAX);
  header.set(start);
  const view = new DataView(header.buffer);
  const descriptor = view.getUint8(4);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const dictionaryIdSize = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const contentSizeFlag = descriptor >> 6;
  const contentSizeSize = contentSizeFlag === 0 ? Number(isSingleSegment) : 2 ** contentSizeFlag;
  const size = 5 + Number(!isSingleSegment) + dictionaryIdSize + contentSizeSize;
  if (view.getUint32(0, true) !== FRAME_MAGIC || start.length < size) {
    throw new DecompressionFailed("its zstd header is damaged or cut short");
  }
  return { size, hasChecksum: (descriptor & 4) !== 0 };
}

/** A block's size is that of its header and all that is stored behind it. */
function parseBlockHeader(start: Uint8Array): { size: number; isLast: boolean } {
  const [low, middle, high] = start;
  if (low === undefined || middle === undefined || high === undefined) {
    throw new DecompressionFailed("its zstd data is cut short");
  }
  const header = low | middle << 8 | high << 16;
  const size = header >> 3;
  if (size > BLOCK_SIZE_MAX) throw new DecompressionFailed("its zstd data has a block too large");
  const stored = (header >> 1 & 3) === BLOCK_TYPE_RLE ? 1 : size;
  return { size: BLOCK_HEADER_SIZE + stored, isLast: (header & 1) !== 0 };
}
