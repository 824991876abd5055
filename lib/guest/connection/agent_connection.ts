import { SnapvmError } from "../../error/mod.ts";
import { type AgentHello, PROTOCOL, readHello } from "../protocol/agent_hello.ts";
import { breach } from "../protocol/breach.ts";
import type { Bytes } from "../protocol/bytes.ts";
import { decodeFields, encodeFields, fieldOf, type Fields } from "../protocol/fields.ts";
import {
  encodeFrame,
  type Frame,
  FrameType,
  HEADER_SIZE,
  INITIAL_CREDIT,
  MAX_PAYLOAD,
} from "../protocol/frame.ts";
import { FrameDecoder } from "../protocol/frame_decoder.ts";
import { type GuestEvent, readEvent } from "../protocol/guest_event.ts";
import { AgentStream, type AgentStreamOptions } from "./agent_stream.ts";
import { type ByteChannel, byteChannelOf } from "./byte_channel.ts";
import { lostAgent } from "./lost_agent.ts";
import type { RawStream, RawStreamHandler } from "./raw_stream.ts";

/** With so much on its way, who sends more has to wait. */
const MAX_WAITING = 256 * 1024;

/** More zero bytes than frames can have in a row: an agent that begins between them finds the next frame by that. */
const GAP = HEADER_SIZE + MAX_PAYLOAD;

const NOTHING: Bytes = new Uint8Array(0);

/** The channel of what goes to the guest. */
const INPUT = 0;

/** The options of an {@linkcode AgentConnection}. */
export interface AgentConnectionOptions {
  /** Called with each event in the guest. */
  readonly onEvent?: ((event: GuestEvent) => void) | undefined;
  /** Called when the agent has ended and another one has taken its place: what was open has ended with `agent-lost`. */
  readonly onAgain?: (() => void) | undefined;
  /** Called when an agent that was given up ({@linkcode AgentConnection.giveUp}) is heard of. */
  readonly onBack?: (() => void) | undefined;
}

interface OpenStream {
  readonly handler: RawStreamHandler;
  isOpened: boolean;
  /** How much each channel of the guest may still send. */
  readonly granted: [number, number, number];
  /** Whether a channel of the guest has ended. */
  readonly ended: [boolean, boolean, boolean];
}

/**
 * The host's side of the channel to a guest's agent (`docs/agent.md`), or to the supervisor of a machine.
 *
 * The guest is not trusted: whatever comes, what is kept of it is bounded by what was granted, and what breaks the
 * protocol ends the connection with an error that says what it was.
 */
export class AgentConnection implements AsyncDisposable {
  /** What the other side says of itself. Rejects if the connection ends before. */
  readonly hello: Promise<AgentHello>;
  /** Settles, and never rejects, when the connection has ended: with an error if the other side broke the protocol. */
  readonly ended: Promise<Error | undefined>;
  readonly #hello = Promise.withResolvers<AgentHello>();
  readonly #ended = Promise.withResolvers<Error | undefined>();
  readonly #channel: ByteChannel;
  readonly #options: AgentConnectionOptions;
  readonly #streams = new Map<number, OpenStream>();
  #lastNumber = 0;
  #hasGreeted = false;
  #isOver = false;
  /** Why nobody can be asked for now, and whether it takes another agent to change that. */
  #givenUp: { readonly why: string; readonly isGone: boolean } | undefined;
  /** Frames that wait to be written, and the sum of their sizes with those that are being written. */
  #waiting: Bytes[] = [];
  #waitingSize = 0;
  #isWriting = false;
  #room = Promise.withResolvers<void>();

  /**
   * Takes over a channel. Streams can be opened at once: they wait until the other side has greeted.
   *
   * @param channel The host's end.
   * @param options What to call.
   */
  constructor(
    channel: ByteChannel | ReadableWritablePair<Bytes, Bytes>,
    options: AgentConnectionOptions = {},
  ) {
    this.#options = options;
    this.#channel = "readable" in channel ? byteChannelOf(channel) : channel;
    this.hello = this.#hello.promise;
    this.hello.catch(() => {});
    this.ended = this.#ended.promise;
    void this.#read();
  }

  /**
   * Opens a stream, frame by frame.
   *
   * @param fields What is asked for; the kind comes first.
   * @param handler What becomes of its frames.
   * @returns The stream.
   * @throws {SnapvmError} `guest-refused` if the fields cannot be sent, `agent-lost` if the connection has ended.
   */
  open(fields: Fields, handler: RawStreamHandler): RawStream {
    const bytes = encodeFields(fields);
    if (this.#isOver) throw lostAgent();
    if (this.#givenUp !== undefined) throw lostAgent(this.#givenUp.why);
    const number = ++this.#lastNumber;
    this.#streams.set(number, {
      handler,
      isOpened: false,
      granted: [0, INITIAL_CREDIT, INITIAL_CREDIT],
      ended: [false, false, false],
    });
    let at = 0;
    for (; bytes.length - at > MAX_PAYLOAD; at += MAX_PAYLOAD) {
      this.#send(number, FrameType.part, 0, bytes.subarray(at, at + MAX_PAYLOAD));
    }
    this.#send(number, FrameType.open, 0, bytes.subarray(at));
    return {
      number,
      send: (type, channel, payload) => {
        const stream = this.#streams.get(number);
        if (stream === undefined) return Promise.resolve();
        if (type === FrameType.credit && payload.length === 4) {
          const more = new DataView(payload.buffer, payload.byteOffset).getUint32(0, true);
          stream.granted[channel as 1 | 2] += more;
        }
        this.#send(number, type, channel, payload);
        return this.#waitingSize < MAX_WAITING ? Promise.resolve() : this.#room.promise;
      },
    };
  }

  /**
   * Opens a stream, with its channels as streams of bytes.
   *
   * @param fields What is asked for; the kind comes first.
   * @param options How its channels are read.
   * @returns The stream. If the connection has ended, or ends, it fails with `agent-lost`.
   */
  openStream(fields: Fields, options: AgentStreamOptions = {}): AgentStream {
    return new AgentStream(fields[0]?.[0] ?? "", (handler) => this.open(fields, handler), options);
  }

  /**
   * Waits no longer for an agent that does not answer: what is open ends with `agent-lost`, and so does what would be
   * opened, until something comes from it.
   *
   * @param why The end of a sentence.
   * @param isGone Whether it has ended, so that only another one can be heard of.
   */
  giveUp(why: string, isGone: boolean): void {
    if (this.#isOver || !this.#hasGreeted || this.#givenUp?.isGone) return;
    this.#givenUp = { why, isGone };
    if (isGone) {
      this.#dropWaiting();
    } else {
      // If it goes on after all, what it does for nobody is to end.
      for (const number of this.#streams.keys()) this.#send(number, FrameType.close, 0, NOTHING);
    }
    this.#loseStreams(lostAgent(why));
  }

  /** Gives the connection up, and with it everything that was opened in it. The channel is not read any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#end(undefined);
    await this.#channel.cancel().catch(() => {});
    await this.#channel.abort().catch(() => {});
  }

  async #read(): Promise<void> {
    const decoder = new FrameDecoder();
    const take = (frame: Frame) => this.#take(frame);
    try {
      for (;;) {
        const bytes = await this.#channel.read();
        if (this.#isOver) return;
        if (bytes === undefined) break;
        decoder.push(bytes, take);
      }
    } catch (error) {
      if (!(error instanceof SnapvmError)) return this.#end(undefined, error);
      this.#end(error);
      // The other side must not hang because nobody listens any more.
      await this.#channel.cancel().catch(() => {});
      return;
    }
    this.#end(undefined);
  }

  #take(frame: Frame): void {
    if (this.#isOver) return;
    const { stream: number, type, payload } = frame;
    if (this.#givenUp?.isGone === false) this.#comeBack();
    if (!this.#hasGreeted) return this.#greet(frame);
    if (number === 0) {
      if (type === FrameType.hello) return this.#beginAgain(frame);
      if (type !== FrameType.event) {
        throw breach(`a frame of type ${type} that belongs to a stream`);
      }
      const event = readEvent(fieldsOf(payload, 0));
      if (event !== undefined) this.#options.onEvent?.(event);
      return;
    }
    const stream = this.#streams.get(number);
    if (stream === undefined) {
      if (number > this.#lastNumber) throw breach("a frame of a stream that nobody opened", number);
      return;
    }
    this.#check(frame, stream);
    if (type === FrameType.close) this.#streams.delete(number);
    stream.handler.onFrame(type, frame.channel, payload);
  }

  #greet({ stream, type, payload }: Frame): void {
    if (type !== FrameType.hello || stream !== 0) {
      throw breach(`a frame of type ${type} before its greeting`, stream);
    }
    const fields = fieldsOf(payload, 0);
    const hello = readHello(fields);
    this.#hasGreeted = true;
    this.#answer(fields);
    this.#hello.resolve(hello);
  }

  /** Greets before anything else that waits. */
  #answer(hello: Fields): void {
    const payload = encodeFields([["snapvm-host"], ["protocol", PROTOCOL]]);
    const frames = [encodeFrame({ stream: 0, type: FrameType.hello, channel: 0, payload })];
    if (fieldOf(hello, "again") !== undefined) frames.unshift(new Uint8Array(GAP));
    this.#waiting.unshift(...frames);
    for (const { length } of frames) this.#waitingSize += length;
    void this.#write();
  }

  /** The agent was ended, and another one goes on: it knows nothing of what was open. */
  #beginAgain({ type, payload }: Frame): void {
    const fields = fieldsOf(payload, 0);
    if (fieldOf(fields, "again") === undefined) {
      throw breach(`a frame of type ${type} that belongs to a stream`);
    }
    readHello(fields);
    this.#dropWaiting();
    this.#answer(fields);
    this.#loseStreams(lostAgent("it has ended, and another one has begun"));
    if (this.#givenUp !== undefined) this.#comeBack();
    this.#options.onAgain?.();
  }

  #comeBack(): void {
    this.#givenUp = undefined;
    this.#options.onBack?.();
  }

  /** Whole frames are dropped, and none that is being written. */
  #dropWaiting(): void {
    for (const { length } of this.#waiting) this.#waitingSize -= length;
    this.#waiting = [];
    this.#makeRoom();
  }

  #check({ stream: number, type, channel, payload }: Frame, stream: OpenStream): void {
    switch (type) {
      case FrameType.opened:
        if (stream.isOpened) throw breach("OPENED twice", number);
        stream.isOpened = true;
        fieldsOf(payload, number);
        return;
      case FrameType.close:
        fieldsOf(payload, number);
        return;
      case FrameType.data:
        if (channel === INPUT) throw breach("data in the channel of the host", number);
        if (payload.length === 0) throw breach("a frame of data without any", number);
        if (stream.ended[channel as 1 | 2]) throw breach("data after its end", number);
        if (payload.length > stream.granted[channel as 1 | 2]) {
          throw breach("more data than it was granted", number);
        }
        stream.granted[channel as 1 | 2] -= payload.length;
        return;
      case FrameType.end:
        if (payload.length > 0) throw breach("an END with a payload", number);
        if (stream.ended[channel as 0 | 1 | 2]) throw breach("END twice", number);
        stream.ended[channel as 0 | 1 | 2] = true;
        return;
      case FrameType.credit:
        if (channel !== INPUT) throw breach("credit for its own channel", number);
        if (payload.length !== 4) throw breach("a CREDIT that is not 4 bytes", number);
        return;
    }
    throw breach(`a frame of type ${type}, which only the host sends`, number);
  }

  #send(stream: number, type: number, channel: number, payload: Bytes): void {
    if (this.#isOver) return;
    const frame = encodeFrame({ stream, type, channel, payload });
    this.#waiting.push(frame);
    this.#waitingSize += frame.length;
    void this.#write();
  }

  async #write(): Promise<void> {
    if (this.#isWriting || !this.#hasGreeted) return;
    this.#isWriting = true;
    try {
      while (this.#waiting.length > 0 && !this.#isOver) {
        const frames = this.#waiting;
        this.#waiting = [];
        const size = this.#waitingSize;
        await this.#channel.write(frames.length === 1 ? frames[0]! : joined(frames, size));
        this.#waitingSize -= size;
        if (this.#waitingSize < MAX_WAITING) this.#makeRoom();
      }
    } catch {
      // That the other side is gone shows where it is read, too, and what came from it before is still there.
      this.#waiting = [];
      this.#waitingSize = 0;
      this.#makeRoom();
      return;
    }
    this.#isWriting = false;
  }

  #makeRoom(): void {
    this.#room.resolve();
    this.#room = Promise.withResolvers();
  }

  #end(error: SnapvmError | undefined, cause?: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#waiting = [];
    this.#waitingSize = 0;
    this.#makeRoom();
    const why = error ?? lostAgent(undefined, cause);
    this.#hello.reject(why);
    this.#loseStreams(why);
    this.#ended.resolve(error);
  }

  #loseStreams(why: SnapvmError): void {
    const streams = [...this.#streams.values()];
    this.#streams.clear();
    for (const { handler } of streams) handler.onLost?.(why);
  }
}

function fieldsOf(payload: Bytes, stream: number): Fields {
  const fields = decodeFields(payload);
  if (fields === undefined) throw breach("fields without an end", stream);
  return fields;
}

function joined(frames: readonly Bytes[], size: number): Bytes {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const frame of frames) {
    bytes.set(frame, at);
    at += frame.length;
  }
  return bytes;
}
