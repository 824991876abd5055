import { LineSplitter } from "./line_splitter.ts";

/**
 * Reads a stream line by line. What follows the last line feed is not a line.
 *
 * @param source The stream; it is cancelled if the reader stops early.
 * @param maxLength How many characters of a line are kept; the rest of a longer one is dropped.
 * @returns The lines, without their line feeds.
 */
export async function* readLines(
  source: ReadableStream<Uint8Array>,
  maxLength: number,
): AsyncGenerator<string, void> {
  const splitter = new LineSplitter(maxLength);
  for await (const bytes of source) yield* splitter.push(bytes);
}
