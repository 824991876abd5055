import type { ByteSource } from "../../../lib/boot/kernel/byte_source.ts";
import type { ByteRange } from "../../../lib/boot/mod.ts";

/** Bytes as a filesystem returns them: in small chunks that all use the same memory. */
export async function* chunksOf(
  bytes: Uint8Array<ArrayBuffer>,
  { offset = 0, length = Infinity }: ByteRange = {},
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  const end = Math.min(bytes.length, offset + length);
  const memory = new Uint8Array(Math.min(30_011, Math.max(end - offset, 0)));
  for (let at = offset; at < end; at += memory.length) {
    const part = bytes.subarray(at, Math.min(at + memory.length, end));
    memory.set(part);
    yield memory.subarray(0, part.length);
    memory.fill(0xee);
  }
}

/** Bytes as a file of an image. */
export function sourceOf(bytes: Uint8Array<ArrayBuffer>): ByteSource {
  return { size: bytes.length, read: (range) => chunksOf(bytes, range) };
}

/** All chunks in one piece. */
export async function collect(
  chunks: AsyncIterable<Uint8Array<ArrayBuffer>>,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for await (const chunk of chunks) parts.push(chunk.slice());
  return await new Blob(parts).bytes();
}

/** The whole content of a source. */
export async function contentOf(source: ByteSource): Promise<Uint8Array<ArrayBuffer>> {
  return await collect(source.read());
}
