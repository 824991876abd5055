import type { Bytes } from "../protocol/bytes.ts";

/**
 * Bytes to and from the other side, as they are needed. A program that begins with a connection has not loaded the
 * platform's streams yet, and that takes as long as everything else that it does.
 */
export interface ByteChannel {
  /** Gives the next bytes; `undefined` at their end. They do not change afterwards. */
  read(): Promise<Bytes | undefined>;
  /** Settles when more may be written; rejects if nobody reads any more. */
  write(bytes: Bytes): Promise<void>;
  /** Says that nobody reads any more. */
  cancel(): Promise<void>;
  /** Says that nobody writes any more. */
  abort(): Promise<void>;
}

/** A pair of streams as a channel. */
export function byteChannelOf(
  { readable, writable }: ReadableWritablePair<Bytes, Bytes>,
): ByteChannel {
  const reader = readable.getReader();
  const writer = writable.getWriter();
  writer.closed.catch(() => {});
  return {
    read: async () => (await reader.read()).value,
    write: (bytes) => writer.write(bytes),
    cancel: () => reader.cancel(),
    abort: () => writer.abort(),
  };
}
