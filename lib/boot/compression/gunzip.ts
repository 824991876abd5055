import { crc32, createInflateRaw } from "node:zlib";
import { decompressionFailed } from "./decompression_failed.ts";
import type { StreamReader } from "./stream_reader.ts";
import { ZlibSteps } from "./zlib_steps.ts";

/** Deflate makes at most 1032 bytes out of one, so a step's output stays below 17 MiB. */
const STEP_SIZE = 16384;
const OUTPUT_CHUNK_SIZE = 1 << 18;

const FLAG_HCRC = 2;
const FLAG_EXTRA = 4;
const FLAG_NAME = 8;
const FLAG_COMMENT = 16;

/**
 * Unpacks one gzip member (RFC 1952) and leaves the reader behind it.
 *
 * Node's `createGunzip` fails if bytes of another kind follow, as they do in kernels and initramfs.
 */
export async function* gunzip(
  reader: StreamReader,
  name: string,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  await passHeader(reader, name);
  let checksum = 0;
  let size = 0;
  for await (const chunk of inflate(reader, name)) {
    checksum = crc32(chunk, checksum);
    size += chunk.length;
    yield chunk;
  }
  const trailer = await reader.peek(8);
  if (trailer.length < 8) throw decompressionFailed(name, "its gzip data is cut short");
  const view = new DataView(trailer.buffer, trailer.byteOffset, trailer.length);
  if (view.getUint32(0, true) !== checksum || view.getUint32(4, true) !== size % 2 ** 32) {
    throw decompressionFailed(name, "the checksum of its gzip data is wrong");
  }
  reader.advance(8);
}

async function* inflate(
  reader: StreamReader,
  name: string,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  using steps = new ZlibSteps(createInflateRaw({ chunkSize: OUTPUT_CHUNK_SIZE }), "gzip", name);
  for (let atEnd = false; !atEnd;) {
    const input = (await reader.available()).subarray(0, STEP_SIZE);
    if (input.length === 0) break;
    const before = steps.used;
    await steps.write(input);
    const used = steps.used - before;
    reader.advance(used);
    atEnd = used < input.length;
    yield* steps.takeOutput();
  }
  await steps.end();
  yield* steps.takeOutput();
}

async function passHeader(reader: StreamReader, name: string): Promise<void> {
  const header = await reader.peek(10);
  if (header.length < 10 || header[2] !== 8) {
    throw decompressionFailed(name, "its gzip header is damaged or cut short");
  }
  const flags = header[3] ?? 0;
  reader.advance(10);
  if (flags & FLAG_EXTRA) {
    const [low = 0, high = 0] = await reader.peek(2);
    await reader.skip(2 + low + high * 256);
  }
  for (const flag of [FLAG_NAME, FLAG_COMMENT]) {
    if (flags & flag) await passText(reader);
  }
  if (flags & FLAG_HCRC) await reader.skip(2);
}

/** Passes a text and the NUL at its end. */
async function passText(reader: StreamReader): Promise<void> {
  for (;;) {
    const bytes = await reader.available();
    if (bytes.length === 0) return;
    const end = bytes.indexOf(0);
    reader.advance(end < 0 ? bytes.length : end + 1);
    if (end >= 0) return;
  }
}
