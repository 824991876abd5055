import { FrameType, INITIAL_CREDIT, type RawStream } from "../../guest/mod.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** How much of a channel is on its way at most, whatever the client has granted: enough to keep a fast reader busy. */
const MAX_WINDOW = 256 * 1024;

/** What of a channel the client wants, and how much of it is on its way. */
interface Channel {
  /** What the client has granted and the agent has not been told of. */
  wanted: number;
  /** What the agent may still send. */
  outstanding: number;
}

/**
 * A stream of the agent on behalf of a client. What the client grants is passed on in portions, and nothing while what
 * came before still waits for the client: so what waits for a client that stalls has a limit.
 */
export class RelayedStream {
  readonly #raw: RawStream;
  readonly #isBusy: () => boolean;
  readonly #channels: readonly Channel[] = [1, 2].map(() => ({
    wanted: 0,
    outstanding: INITIAL_CREDIT,
  }));

  /**
   * Takes over a stream.
   *
   * @param raw The stream.
   * @param isBusy Whether so much waits for the client that nothing more is to come.
   */
  constructor(raw: RawStream, isBusy: () => boolean) {
    this.#raw = raw;
    this.#isBusy = isBusy;
  }

  /** Sends a frame of the client. Settles when more may be sent. */
  async send(type: number, channel: number, payload: Bytes): Promise<void> {
    if (type === FrameType.credit && payload.length === 4) {
      const granted = this.#channels[channel - 1];
      if (granted === undefined) return;
      granted.wanted += new DataView(payload.buffer, payload.byteOffset).getUint32(0, true);
      this.#grant(channel, granted);
    } else {
      await this.#raw.send(type, channel, payload);
    }
  }

  /** Counts what comes from the agent. */
  received(channel: number, size: number): void {
    const granted = this.#channels[channel - 1];
    if (granted === undefined) return;
    granted.outstanding -= size;
    this.#grant(channel, granted);
  }

  /** Grants what was held back: the client has taken what waited for it. */
  resume(): void {
    this.#channels.forEach((granted, index) => this.#grant(index + 1, granted));
  }

  #grant(channel: number, granted: Channel): void {
    const size = Math.min(granted.wanted, MAX_WINDOW - granted.outstanding);
    // Not a frame for each byte: to the guest each is an interrupt.
    if (size <= 0 || this.#isBusy() || size < granted.wanted && size < MAX_WINDOW / 2) return;
    granted.wanted -= size;
    granted.outstanding += size;
    const payload = new Uint8Array(4);
    new DataView(payload.buffer).setUint32(0, size, true);
    void this.#raw.send(FrameType.credit, channel, payload);
  }
}
