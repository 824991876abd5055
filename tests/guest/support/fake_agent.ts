import {
  AgentConnection,
  encodeFields,
  encodeFrame,
  type Fields,
  type Frame,
  FrameDecoder,
  FrameType,
  type GuestEvent,
} from "../../../lib/guest/mod.ts";

type Bytes = Uint8Array<ArrayBuffer>;

export const HELLO: Fields = [
  ["snapvm-agent"],
  ["protocol", "1"],
  ["build", "0123456789abcdef"],
  ["architecture", "x86_64"],
  ["uptime", "1.25"],
  ["\ntoken 8c7d\n"],
];

/** The guest's side of a connection, played by the test. */
export class FakeAgent implements AsyncDisposable {
  readonly connection: AgentConnection;
  readonly events: GuestEvent[] = [];
  /** What the host has sent. */
  readonly frames: Frame[] = [];
  readonly #toHost = new TransformStream<Bytes, Bytes>(undefined, { highWaterMark: 1000 });
  readonly #writer = this.#toHost.writable.getWriter();
  #wake = () => {};

  constructor() {
    const toGuest = new TransformStream<Bytes, Bytes>();
    this.connection = new AgentConnection(
      { readable: this.#toHost.readable, writable: toGuest.writable },
      { onEvent: (event) => this.events.push(event) },
    );
    this.#writer.closed.catch(() => {});
    void this.#read(toGuest.readable);
  }

  async #read(readable: ReadableStream<Bytes>): Promise<void> {
    const decoder = new FrameDecoder();
    try {
      for await (const bytes of readable) {
        decoder.push(bytes, (frame) => this.frames.push(frame));
        this.#wake();
      }
    } catch {
      // The host has given up.
    }
  }

  hello(fields: Fields = HELLO): void {
    this.send(FrameType.hello, 0, 0, encodeFields(fields));
  }

  send(type: number, stream = 0, channel = 0, payload: Bytes = new Uint8Array(0)): void {
    this.bytes(encodeFrame({ type, stream, channel, payload }));
  }

  bytes(bytes: Bytes): void {
    this.#writer.write(bytes).catch(() => {});
  }

  end(): void {
    this.#writer.close().catch(() => {});
  }

  /** Waits for a frame of the host. */
  async frame(type: number, stream?: number): Promise<Frame> {
    for (;;) {
      const found = this.frames.findIndex((frame) =>
        frame.type === type && (stream === undefined || frame.stream === stream)
      );
      if (found !== -1) return this.frames.splice(found, 1)[0]!;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.connection[Symbol.asyncDispose]();
  }
}
