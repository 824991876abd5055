import {
  encodeFields,
  type Fields,
  type Frame,
  FrameType,
  INITIAL_CREDIT,
  MAX_PAYLOAD,
} from "../../guest/mod.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Answers a stream: what it returns is the stream's result. */
export type ServeStream = (stream: OwnStream, fields: Fields) => Promise<Fields>;

/** The streams that a supervisor answers itself, by their kind. */
export type OwnStreams = Readonly<Record<string, ServeStream>>;

/** What an {@linkcode OwnStream} belongs to. */
export interface OwnStreamOptions {
  /** Sends a frame of the stream. */
  readonly send: (type: number, channel: number, payload: Bytes) => void;
  /** Called when the stream has ended. */
  readonly onEnd: () => void;
}

/** A stream that a supervisor answers itself, as the agent does: its output waits for credit. */
export class OwnStream {
  readonly #options: OwnStreamOptions;
  readonly #aborted = new AbortController();
  #credit = INITIAL_CREDIT;
  #more = Promise.withResolvers<void>();
  #granted = INITIAL_CREDIT;
  #onInput: ((bytes: Bytes) => Promise<void>) | undefined;
  #hasEnded = false;

  /** Begins a stream. */
  constructor(options: OwnStreamOptions) {
    this.#options = options;
  }

  /** Aborts when nobody needs the stream any more. */
  get signal(): AbortSignal {
    return this.#aborted.signal;
  }

  /** Answers it. */
  serve(serve: ServeStream, fields: Fields): void {
    serve(this, fields).then(
      (result) => this.#close(result),
      (error) => this.fail(error instanceof Error ? error.message : String(error), "EIO"),
    );
  }

  /** Says that it does what was asked. */
  opened(): void {
    if (!this.#hasEnded) this.#options.send(FrameType.opened, 0, encodeFields([]));
  }

  /** Sends output, as credit allows; what is left when nobody needs it is dropped. */
  async write(bytes: Bytes): Promise<void> {
    for (let at = 0; at < bytes.length && !this.#hasEnded;) {
      const size = Math.min(bytes.length - at, await this.room(), MAX_PAYLOAD);
      if (this.#hasEnded) return;
      this.#credit -= size;
      this.#options.send(FrameType.data, 1, bytes.slice(at, at + size));
      at += size;
    }
  }

  /** Waits until something may be sent, and says how much. */
  async room(): Promise<number> {
    while (this.#credit === 0 && !this.#hasEnded) await this.#more.promise;
    return this.#credit;
  }

  /** Takes what comes from the client. More is granted as the promises settle. */
  onInput(take: (bytes: Bytes) => Promise<void>): void {
    this.#onInput = take;
  }

  /** Takes a frame. Returns whether the client has kept to the protocol. */
  take({ type, channel, payload }: Frame): boolean {
    if (type === FrameType.credit && payload.length === 4) {
      this.#credit += new DataView(payload.buffer, payload.byteOffset).getUint32(0, true);
      this.#more.resolve();
      this.#more = Promise.withResolvers();
    } else if (type === FrameType.data && channel === 0) {
      this.#granted -= payload.length;
      if (this.#granted < 0) return false;
      void this.#onInput?.(payload).then(() => this.#grant(payload.length), () => {});
    } else if (type === FrameType.close) {
      this.#close([]);
    }
    return true;
  }

  /** Ends it with an error. */
  fail(error: string, errno: string): void {
    this.#close([["error", error], ["errno", errno]]);
  }

  /** Ends it because its client is gone. */
  giveUp(): void {
    this.#hasEnded = true;
    this.#aborted.abort();
    this.#more.resolve();
  }

  #grant(size: number): void {
    if (this.#hasEnded) return;
    this.#granted += size;
    const payload = new Uint8Array(4);
    new DataView(payload.buffer).setUint32(0, size, true);
    this.#options.send(FrameType.credit, 0, payload);
  }

  #close(result: Fields): void {
    if (this.#hasEnded) return;
    this.giveUp();
    this.#options.send(FrameType.close, 0, encodeFields(result));
    this.#options.onEnd();
  }
}
