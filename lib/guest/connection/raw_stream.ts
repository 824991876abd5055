import type { Bytes } from "../protocol/bytes.ts";

/** What becomes of a stream's frames. */
export interface RawStreamHandler {
  /** Called with each frame of the stream. The payload does not change afterwards. A CLOSE is the last one. */
  readonly onFrame: (type: number, channel: number, payload: Bytes) => void;
  /** Called, once and without a CLOSE, if the connection ends before the stream does. */
  readonly onLost?: (error: Error) => void;
}

/** A stream of a connection to a guest's agent, frame by frame. */
export interface RawStream {
  /** Its number. */
  readonly number: number;
  /**
   * Sends a frame of the stream. What is sent in a stream that has ended is dropped.
   *
   * @returns Settles, and never rejects, when more may be sent.
   */
  send(type: number, channel: number, payload: Bytes): Promise<void>;
}
