import type { AgentConnection } from "../connection/agent_connection.ts";
import type { GuestOutput } from "../connection/guest_output.ts";
import type { Bytes } from "../protocol/bytes.ts";

/** A connection to an address inside a guest. None of its promises has to be watched. */
export interface ConnectionInGuest {
  /** Settles when it is made; rejects with `guest-refused` if it cannot be. */
  readonly opened: Promise<void>;
  /** What comes from there; its end is half of the connection's. It must be read or cancelled. */
  readonly readable: ReadableStream<Bytes>;
  /** What goes there; closing it is half of the connection's end. */
  readonly writable: WritableStream<Bytes>;
  /** `readable`, without a stream. */
  readonly output: GuestOutput;
  /** Writes to `writable`, without a stream. Fails with `Deno.errors.BrokenPipe` when nobody reads it any more. */
  write(bytes: Bytes): Promise<void>;
  /** Closes `writable`, without a stream. */
  endInput(): void;
  /** Settles when both halves have ended. */
  readonly closed: Promise<void>;
  /** Gives it up. */
  close(): void;
}

/**
 * Connects to an address inside a guest.
 *
 * @param connection The connection to the guest's agent.
 * @param address `tcp:ADDRESS:PORT`, `udp:ADDRESS:PORT` (each chunk is a datagram then) or `unix:PATH`.
 * @returns The connection; it may not be made yet.
 */
export function connectInGuest(connection: AgentConnection, address: string): ConnectionInGuest {
  const stream = connection.openStream([["connect"], ["to", address]], {
    isMessages: address.startsWith("udp:"),
  });
  const opened = stream.opened.then(() => {});
  const closed = stream.result.then(() => {});
  opened.catch(() => {});
  closed.catch(() => {});
  return {
    opened,
    get readable() {
      return stream.stdout;
    },
    get writable() {
      return stream.stdin;
    },
    output: stream.output,
    write: (bytes) => stream.write(bytes),
    endInput: () => stream.endInput(),
    closed,
    close: () => stream.close(),
  };
}
