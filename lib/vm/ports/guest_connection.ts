/** A connection to an address in the guest. */
export interface GuestConnection {
  /** Settles when it is made; rejects if it cannot be. */
  readonly opened: Promise<unknown>;
  /** What comes from there; its end is half of the connection's. */
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** What goes there; closing it is half of the connection's end. */
  readonly writable: WritableStream<Uint8Array<ArrayBuffer>>;
  /** Gives the connection up. */
  close(): void;
}

/** Connects to an address in the guest: `tcp:127.0.0.1:80`. */
export type ConnectInGuest = (address: string) => GuestConnection;
