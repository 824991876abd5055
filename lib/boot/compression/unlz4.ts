import { decompressionFailed } from "./decompression_failed.ts";
import type { StreamReader } from "./stream_reader.ts";

const LEGACY_MAGIC = 0x184c2102;
/** Every block except the last unpacks to this size (`LEGACY_BLOCKSIZE` in the lz4 tool). */
const BLOCK_SIZE = 8 << 20;
const MAX_COMPRESSED_BLOCK_SIZE = BLOCK_SIZE + Math.floor(BLOCK_SIZE / 255) + 16;
const LENGTH_CONTINUES = 15;
const MIN_MATCH_LENGTH = 4;

/**
 * Unpacks an lz4 stream in the legacy frame, the one that kernels use (`lz4 -l`, lib/decompress_unlz4.c). The frame
 * has no end mark: it ends with the input, or before four bytes that cannot be a block's size.
 *
 * @see {@link https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md#legacy-frame}
 */
export async function* unlz4(
  reader: StreamReader,
  name: string,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  if (readUint32(await reader.peek(4)) !== LEGACY_MAGIC) {
    throw decompressionFailed(name, "its lz4 header is damaged or cut short");
  }
  reader.advance(4);
  const output = new Uint8Array(BLOCK_SIZE);
  for (;;) {
    const size = readUint32(await reader.peek(4));
    if (size === undefined || size === 0 || size > MAX_COMPRESSED_BLOCK_SIZE) return;
    reader.advance(4);
    const block = await reader.peek(size);
    if (block.length < size) throw decompressionFailed(name, "its lz4 data is cut short");
    yield output.subarray(0, unpackBlock(block, output, name));
    reader.advance(size);
  }
}

function readUint32(bytes: Uint8Array<ArrayBuffer>): number | undefined {
  if (bytes.length < 4) return undefined;
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
}

/** Unpacks a block (lz4_Block_format.md) and returns how many bytes came out. */
function unpackBlock(input: Uint8Array, output: Uint8Array, name: string): number {
  let from = 0;
  let to = 0;
  const damaged = () => decompressionFailed(name, "its lz4 data is damaged");
  const next = () => {
    const byte = input[from++];
    if (byte === undefined) throw damaged();
    return byte;
  };
  const lengthOf = (nibble: number) => {
    let length = nibble;
    if (nibble === LENGTH_CONTINUES) {
      let byte;
      do length += byte = next(); while (byte === 255);
    }
    return length;
  };
  for (;;) {
    const token = next();
    const literals = lengthOf(token >> 4);
    if (from + literals > input.length || to + literals > output.length) throw damaged();
    output.set(input.subarray(from, from + literals), to);
    from += literals;
    to += literals;
    if (from === input.length) return to;

    const distance = next() | next() << 8;
    const length = lengthOf(token & 15) + MIN_MATCH_LENGTH;
    if (distance === 0 || distance > to || to + length > output.length) throw damaged();
    if (distance >= length) {
      output.copyWithin(to, to - distance, to - distance + length);
    } else {
      // The match overlaps its own output: the bytes repeat, which copyWithin would not do.
      for (let i = 0; i < length; i++) output[to + i] = output[to + i - distance] ?? 0;
    }
    to += length;
  }
}
