type Bytes = Uint8Array<ArrayBuffer>;

const LINE_FEED = 0x0a;
const DIGIT_ZERO = 0x30;
const DIGIT_NINE = 0x39;
const MAX_DIGITS = 3;

/** A stream up to its end mark. */
export interface MarkedStream {
  /** The bytes before the mark. It ends at the mark, or with the source. */
  readonly output: ReadableStream<Bytes>;
  /** The number in the mark, or `undefined` if the source ended, failed or was cancelled before a mark. */
  readonly status: Promise<number | undefined>;
}

/**
 * Ends a stream at its end mark: `mark`, a space, a number of one to three digits, and a line feed.
 *
 * Bytes that could be the beginning of a mark are held back until it is clear whether they are. Nothing is read ahead:
 * the source is read when the output is read, and the status comes only if the output is read to its end.
 *
 * @param source The stream.
 * @param mark The text of the mark.
 * @returns The stream up to the mark, and the number in the mark.
 */
export function untilEndMark(source: ReadableStream<Bytes>, mark: string): MarkedStream {
  const beginning = new TextEncoder().encode(`${mark} `);
  const reader = source.getReader();
  const { promise: status, resolve } = Promise.withResolvers<number | undefined>();
  let held: Bytes = new Uint8Array(0);

  async function pull(controller: ReadableStreamDefaultController<Bytes>): Promise<void> {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        if (held.length > 0) controller.enqueue(held);
        controller.close();
        resolve(undefined);
        return;
      }
      const bytes = join(held, value);
      const { start, status } = findEndMark(bytes, beginning);
      if (start > 0) controller.enqueue(bytes.subarray(0, start));
      if (status !== undefined) {
        controller.close();
        resolve(status);
        await reader.cancel();
        return;
      }
      held = bytes.slice(start);
      if (start > 0) return;
    }
  }

  const output = new ReadableStream<Bytes>({
    async pull(controller) {
      try {
        await pull(controller);
      } catch (error) {
        resolve(undefined);
        throw error;
      }
    },
    async cancel(reason) {
      resolve(undefined);
      await reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
  return { output, status };
}

function join(first: Bytes, second: Bytes): Bytes {
  if (first.length === 0) return second;
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}

/**
 * Finds the position of the mark in `bytes`, and its number. Without a number, it is the position from which on the
 * bytes could be the beginning of a mark.
 */
function findEndMark(bytes: Bytes, beginning: Bytes): { start: number; status?: number } {
  let start = bytes.indexOf(beginning[0]!);
  while (start !== -1) {
    const status = readEndMark(bytes, start, beginning);
    if (status !== undefined) return status === "incomplete" ? { start } : { start, status };
    start = bytes.indexOf(beginning[0]!, start + 1);
  }
  return { start: bytes.length };
}

function readEndMark(
  bytes: Bytes,
  start: number,
  beginning: Bytes,
): number | "incomplete" | undefined {
  let offset = start;
  for (const expected of beginning) {
    if (offset === bytes.length) return "incomplete";
    if (bytes[offset++] !== expected) return undefined;
  }
  let status = 0;
  for (let digits = 0;; digits++) {
    if (offset === bytes.length) return "incomplete";
    const byte = bytes[offset++]!;
    if (byte === LINE_FEED && digits > 0) return status;
    if (byte < DIGIT_ZERO || byte > DIGIT_NINE || digits === MAX_DIGITS) return undefined;
    status = status * 10 + byte - DIGIT_ZERO;
  }
}
