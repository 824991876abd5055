import { hasCode } from "../../error/mod.ts";
import { closeIfOpen, writeAll } from "../../host/mod.ts";
import {
  type AgentConnection,
  decodeFields,
  encodeFields,
  encodeFrame,
  type Fields,
  type Frame,
  FrameDecoder,
  FrameType,
} from "../../guest/mod.ts";
import { RelayedStream } from "./relayed_stream.ts";
import { OwnStream, type OwnStreams } from "./own_stream.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** How much is read from a client at once, in bytes. */
const READ_SIZE = 64 * 1024;
/** How many streams a client may have at once. */
const MAX_STREAMS = 256;
/** The largest fields of one stream that is being opened, in bytes. */
const MAX_FIELDS = 2 * 2 ** 20;
/** With so much waiting for a client, nothing more is asked for on its behalf, in bytes. */
const BUSY = 2 ** 20;
/** How many bytes wait for a client at most: more than all of its streams can have been granted. */
const MAX_WAITING = 96 * 2 ** 20;
/** How many bytes of a client wait for an agent that has not answered yet. */
const MAX_HELD = 24 * 2 ** 20;

/** What a stream ends with that nobody will answer: the end of a sentence. */
const AGENT_GONE = "the connection to it has ended";

const NOTHING: Bytes = new Uint8Array();

/** A stream of a client. */
type ClientStream =
  /** Its fields come in pieces. */
  | { readonly kind: "opening"; readonly parts: Bytes[]; size: number }
  /** The agent has not answered yet: what belongs to it waits. */
  | { readonly kind: "held"; readonly fields: Fields; readonly frames: Frame[] }
  /** The agent has it. */
  | { readonly kind: "relayed"; readonly stream: RelayedStream }
  /** The supervisor answers it itself. */
  | { readonly kind: "own"; readonly stream: OwnStream };

/** What a {@linkcode ControlClient} serves. */
export interface ControlClientOptions {
  /** The agent, once it has answered; rejects if there will be none. */
  readonly agent: Promise<AgentConnection>;
  /** The streams that the supervisor answers itself, by their kind. */
  readonly own: OwnStreams;
}

/**
 * A client of a machine's control socket: it sees the guest's agent as if it were connected to it. Whatever it does, it
 * disturbs nobody else: it is cut off if it breaks the protocol, or lets too much wait.
 */
export class ControlClient {
  /** Settles, and never rejects, when the client is gone. */
  readonly ended: Promise<void>;
  readonly #conn: Deno.Conn;
  readonly #options: ControlClientOptions;
  readonly #streams = new Map<number, ClientStream>();
  readonly #queue: Bytes[] = [];
  #waiting = 0;
  #held = 0;
  #last = 0;
  #agent: AgentConnection | undefined;
  #hasNoAgent = false;
  #isGone = false;
  #isWriting = false;
  #drained = Promise.withResolvers<void>();
  #sent: Promise<void> | undefined;

  /**
   * Takes over a connection.
   *
   * @param conn The connection.
   * @param options What is served.
   */
  constructor(conn: Deno.Conn, options: ControlClientOptions) {
    this.#conn = conn;
    this.#options = options;
    this.#send(0, FrameType.hello, 0, encodeFields([["snapvm-supervisor"], ["protocol", "1"]]));
    options.agent.then((agent) => this.#agentCame(agent), () => this.#agentLost());
    this.ended = this.#run().catch(() => {}).finally(() => this.#end());
  }

  /**
   * Waits, but not for long, until the streams that end with the machine have ended and the client has what was sent to
   * it, and ends the connection.
   */
  async finish(limit: number): Promise<void> {
    const timer = setTimeout(() => this.#end(), limit);
    const isBusy = () =>
      this.#waiting > 0 || this.#streams.values().some(({ kind }) => kind === "own");
    while (isBusy() && !this.#isGone) await this.#drained.promise;
    clearTimeout(timer);
    this.#end();
    await this.ended;
  }

  async #run(): Promise<void> {
    const decoder = new FrameDecoder();
    const buffer = new Uint8Array(READ_SIZE);
    let isFirst = true;
    let isSound = true;
    const take = (frame: Frame) => {
      if (isFirst !== (frame.type === FrameType.hello)) isSound = false;
      else if (!isFirst && isSound) isSound = this.#take(frame);
      isFirst = false;
    };
    for (;;) {
      const length = await this.#conn.read(buffer);
      if (length === null) return;
      decoder.push(buffer.slice(0, length), take);
      if (!isSound) return;
      // While the guest takes nothing, nothing more is taken from who has something for it.
      const sent = this.#sent;
      this.#sent = undefined;
      await sent;
    }
  }

  /** Takes a frame. Returns whether the client has kept to the protocol. */
  #take(frame: Frame): boolean {
    const { stream: number, type } = frame;
    if (number === 0) return false;
    const stream = this.#streams.get(number);
    if (type === FrameType.part || type === FrameType.open) return this.#open(frame, stream);
    // It was closed at the same moment.
    if (stream === undefined) return number <= this.#last;
    switch (stream.kind) {
      case "opening":
        return false;
      case "held":
        return this.#hold(frame, stream.frames);
      case "relayed":
        this.#sent = stream.stream.send(type, frame.channel, frame.payload);
        return true;
      case "own":
        return stream.stream.take(frame);
    }
  }

  #open({ stream: number, type, payload }: Frame, known: ClientStream | undefined): boolean {
    if (known !== undefined && known.kind !== "opening") return false;
    if (known === undefined && (number <= this.#last || this.#streams.size >= MAX_STREAMS)) {
      return false;
    }
    this.#last = Math.max(this.#last, number);
    const opening = known ?? { kind: "opening", parts: [], size: 0 };
    opening.parts.push(payload);
    opening.size += payload.length;
    if (opening.size > MAX_FIELDS || !this.#mayHold(payload.length)) return false;
    this.#streams.set(number, opening);
    if (type === FrameType.part) return true;
    this.#held -= opening.size;
    const bytes = concat(opening.parts, opening.size);
    const fields = decodeFields(bytes);
    if (fields === undefined) return false;
    this.#begin(number, fields, opening.size);
    return true;
  }

  #begin(number: number, fields: Fields, size: number): void {
    const kind = fields[0]?.[0] ?? "";
    if (kind.startsWith("machine-")) {
      const stream = new OwnStream({
        send: (type, channel, payload) => this.#send(number, type, channel, payload),
        onEnd: () => void this.#streams.delete(number),
      });
      this.#streams.set(number, { kind: "own", stream });
      const begin = this.#options.own[kind];
      if (begin === undefined) stream.fail("there is no such kind of stream", "EINVAL");
      else stream.serve(begin, fields);
    } else if (this.#agent !== undefined) {
      this.#relay(number, fields, this.#agent);
    } else if (this.#hasNoAgent) {
      this.#lose(number);
    } else {
      this.#held += size;
      this.#streams.set(number, { kind: "held", fields, frames: [] });
    }
  }

  #relay(number: number, fields: Fields, agent: AgentConnection): RelayedStream | undefined {
    try {
      const stream = new RelayedStream(
        agent.open(fields, {
          onFrame: (type, channel, payload) => {
            if (type === FrameType.close) this.#streams.delete(number);
            this.#send(number, type, channel, payload);
            if (type === FrameType.data) stream.received(channel, payload.length);
          },
          onLost: (error) => this.#lose(number, error),
        }),
        () => this.#waiting > BUSY,
      );
      this.#streams.set(number, { kind: "relayed", stream });
      return stream;
    } catch (error) {
      this.#lose(number, error);
      return undefined;
    }
  }

  #agentCame(agent: AgentConnection): void {
    this.#agent = agent;
    for (const [number, stream] of this.#streams) {
      if (stream.kind !== "held") continue;
      const relayed = this.#relay(number, stream.fields, agent);
      for (const { type, channel, payload } of stream.frames) {
        void relayed?.send(type, channel, payload);
      }
    }
    this.#held = 0;
  }

  #agentLost(): void {
    this.#hasNoAgent = true;
    for (const [number, stream] of this.#streams) {
      if (stream.kind === "held") this.#lose(number);
    }
    this.#held = 0;
  }

  /** Ends a stream that nobody will answer, as the client's own connection would. */
  #lose(number: number, error?: unknown): void {
    this.#close(number, hasCode(error, "agent-lost") ? error.data.why : AGENT_GONE, [[
      "lost",
      "1",
    ]]);
  }

  #close(number: number, error: string, more: Fields = []): void {
    this.#streams.delete(number);
    const fields: Fields = [["error", error], ["errno", "ENOTCONN"], ...more];
    this.#send(number, FrameType.close, 0, encodeFields(fields));
  }

  #hold(frame: Frame, frames: Frame[]): boolean {
    if (frame.type === FrameType.close) {
      this.#close(frame.stream, "it was given up");
      return true;
    }
    frames.push(frame);
    return this.#mayHold(frame.payload.length);
  }

  #mayHold(size: number): boolean {
    this.#held += size;
    return this.#held <= MAX_HELD;
  }

  #send(stream: number, type: number, channel: number, payload: Bytes): void {
    if (this.#isGone) return;
    const bytes = encodeFrame({ stream, type, channel, payload });
    this.#queue.push(bytes);
    this.#waiting += bytes.length;
    if (this.#waiting > MAX_WAITING) return this.#end();
    if (!this.#isWriting) void this.#write();
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    try {
      while (this.#queue.length > 0) {
        const bytes = this.#nextBytes();
        await writeAll(this.#conn, bytes);
        const wasBusy = this.#waiting > BUSY;
        this.#waiting -= bytes.length;
        if (wasBusy && this.#waiting <= BUSY) this.#resume();
      }
    } catch {
      this.#end();
    }
    this.#isWriting = false;
    this.#drained.resolve();
    this.#drained = Promise.withResolvers();
  }

  #resume(): void {
    for (const stream of this.#streams.values()) {
      if (stream.kind === "relayed") stream.stream.resume();
    }
  }

  /** As many frames as are worth one call of the system. */
  #nextBytes(): Bytes {
    let size = 0;
    let count = 0;
    while (
      count < this.#queue.length && (count === 0 || size + this.#queue[count]!.length <= READ_SIZE)
    ) {
      size += this.#queue[count++]!.length;
    }
    return concat(this.#queue.splice(0, count), size);
  }

  #end(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#queue.length = 0;
    this.#waiting = 0;
    closeIfOpen(this.#conn);
    for (const stream of this.#streams.values()) {
      if (stream.kind === "own") stream.stream.giveUp();
      // Its result is for nobody.
      if (stream.kind === "relayed") void stream.stream.send(FrameType.close, 0, NOTHING);
    }
    this.#streams.clear();
    this.#drained.resolve();
  }
}

function concat(parts: readonly Bytes[], size: number): Bytes {
  if (parts.length === 1) return parts[0]!;
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
