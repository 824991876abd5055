/** What is unpacked at a time: less is slower, more is no faster. */
const SIZE = 1 << 18;

/**
 * Copies what comes in pieces of any size into pieces of one size, each with memory of its own.
 *
 * @param input The bytes. Their memory stays the input's.
 */
export async function* inPieces(
  input: AsyncIterable<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  let piece = new Uint8Array(SIZE);
  let filled = 0;
  for await (const bytes of input) {
    for (let at = 0; at < bytes.length;) {
      const length = Math.min(SIZE - filled, bytes.length - at);
      piece.set(bytes.subarray(at, at + length), filled);
      filled += length;
      at += length;
      if (filled < SIZE) continue;
      yield piece;
      piece = new Uint8Array(SIZE);
      filled = 0;
    }
  }
  if (filled > 0) yield piece.subarray(0, filled);
}
