import type { Fields } from "./frames.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** A stream of the agent that is relayed frame by frame. */
export interface RelayedStream {
  /** Sends a frame. Settles when it is on its way. */
  send(type: number, channel: number, payload: Bytes): Promise<void>;
}

/** What relays streams to a guest's agent. */
export interface AgentRelay {
  /** Opens a stream. */
  open(
    fields: Fields,
    onFrame: (type: number, channel: number, payload: Bytes) => void,
  ): RelayedStream;
}
