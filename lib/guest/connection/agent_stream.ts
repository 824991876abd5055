import { SnapvmError } from "../../error/mod.ts";
import type { Bytes } from "../protocol/bytes.ts";
import { decodeFields, fieldOf, type Fields } from "../protocol/fields.ts";
import { FrameType, INITIAL_CREDIT, MAX_PAYLOAD } from "../protocol/frame.ts";
import { lostAgent } from "./lost_agent.ts";
import { OutputChannel } from "./output_channel.ts";
import type { RawStream, RawStreamHandler } from "./raw_stream.ts";

/** How an {@linkcode AgentStream} is read and written. */
export interface AgentStreamOptions {
  /** Whether each chunk is a message of its own, of at most 32,760 bytes, which is neither cut nor joined with others. */
  readonly isMessages?: boolean;
}

const NOTHING: Bytes = new Uint8Array(0);

/** More of a guest's own words is not repeated. */
const MAX_WORDS = 1000;

/**
 * A stream of a guest's agent, with its channels as streams of bytes. None of its promises has to be watched.
 *
 * Each channel has its own credit: a reader that stalls holds up only what it does not read.
 */
export class AgentStream {
  /** What was answered when the stream did what was asked; rejects with `guest-refused` if it does not. */
  readonly opened: Promise<Fields>;
  /** The stream's result; rejects with `guest-refused` if it is an error, and with `agent-lost` or `agent-protocol`. */
  readonly result: Promise<Fields>;
  /** What comes from the guest in its first channel. It must be read or cancelled. */
  readonly output: OutputChannel;
  /** What comes from the guest in its second channel. It must be read or cancelled. */
  readonly errorOutput: OutputChannel;
  readonly #kind: string;
  readonly #options: AgentStreamOptions;
  readonly #raw: RawStream | undefined;
  readonly #opened = Promise.withResolvers<Fields>();
  readonly #result = Promise.withResolvers<Fields>();
  readonly #channels: readonly [OutputChannel, OutputChannel];
  #stdin: WritableStream<Bytes> | undefined;
  #input: WritableStreamDefaultController | undefined;
  #credit = INITIAL_CREDIT;
  #more = Promise.withResolvers<void>();
  /** Whether the guest's end of the input is gone, or the whole stream. */
  #isInputOver = false;
  #isOver = false;

  /**
   * Opens a stream; `AgentConnection.openStream` is the way to it.
   *
   * @param kind What is asked for.
   * @param open Opens it.
   * @param options How its channels are read.
   */
  constructor(
    kind: string,
    open: (handler: RawStreamHandler) => RawStream,
    options: AgentStreamOptions,
  ) {
    this.#kind = kind;
    this.#options = options;
    this.output = this.#outputChannel(1);
    this.errorOutput = this.#outputChannel(2);
    this.#channels = [this.output, this.errorOutput];
    this.opened = this.#opened.promise;
    this.result = this.#result.promise;
    this.opened.catch(() => {});
    this.result.catch(() => {});
    try {
      this.#raw = open({
        onFrame: (type, channel, payload) => this.#take(type, channel, payload),
        onLost: (error) => this.#end(error),
      });
    } catch (error) {
      this.#end(error as Error);
    }
  }

  /** What goes to the guest, as a stream: {@linkcode AgentStream.write} and {@linkcode AgentStream.endInput}. */
  get stdin(): WritableStream<Bytes> {
    return this.#stdin ??= new WritableStream<Bytes>({
      start: (controller) => {
        this.#input = controller;
        if (this.#isInputOver) controller.error(brokenPipe());
      },
      write: (chunk) => this.write(chunk),
      close: () => this.endInput(),
      abort: () => this.endInput(),
    });
  }

  /** {@linkcode AgentStream.output} as a stream. */
  get stdout(): ReadableStream<Bytes> {
    return this.output.readable;
  }

  /** {@linkcode AgentStream.errorOutput} as a stream. */
  get stderr(): ReadableStream<Bytes> {
    return this.errorOutput.readable;
  }

  /** Says how large the stream's terminal is. */
  resize(columns: number, rows: number): void {
    const payload = new Uint8Array(4);
    const view = new DataView(payload.buffer);
    view.setUint16(0, Math.min(columns, 0xffff), true);
    view.setUint16(2, Math.min(rows, 0xffff), true);
    void this.#raw?.send(FrameType.resize, 0, payload);
  }

  /** Sends a signal, by its number, to what the stream stands for. */
  signal(number: number): void {
    void this.#raw?.send(FrameType.signal, 0, Uint8Array.of(number));
  }

  /** Gives the stream up: the agent ends what it stands for. What it still sends is dropped. */
  close(): void {
    if (this.#isOver) return;
    void this.#raw?.send(FrameType.close, 0, NOTHING);
    for (const channel of this.#channels) channel.end();
    this.#inputIsOver();
  }

  #take(type: number, channel: number, payload: Bytes): void {
    switch (type) {
      case FrameType.opened:
        this.#opened.resolve(decodeFields(payload) ?? []);
        break;
      case FrameType.data:
        this.#channels[channel === 1 ? 0 : 1].push(payload);
        break;
      case FrameType.end:
        if (channel === 0) this.#inputIsOver();
        else this.#channels[channel === 1 ? 0 : 1].end();
        break;
      case FrameType.credit:
        this.#credit += new DataView(payload.buffer, payload.byteOffset).getUint32(0, true);
        this.#wake();
        break;
      case FrameType.close:
        this.#close(decodeFields(payload) ?? []);
        break;
    }
  }

  #close(fields: Fields): void {
    const error = fieldOf(fields, "error");
    if (error !== undefined && fieldOf(fields, "lost") !== undefined) {
      return this.#end(lostAgent(error.slice(0, MAX_WORDS)));
    }
    if (error !== undefined) return this.#end(refused(this.#kind, error, fields));
    this.#isOver = true;
    this.#opened.resolve(fields);
    this.#result.resolve(fields);
    for (const channel of this.#channels) channel.end();
    this.#inputIsOver();
  }

  #end(error: Error): void {
    this.#isOver = true;
    this.#opened.reject(error);
    this.#result.reject(error);
    for (const channel of this.#channels) channel.end(error);
    this.#inputIsOver();
  }

  #inputIsOver(): void {
    if (this.#isInputOver) return;
    this.#isInputOver = true;
    this.#input?.error(brokenPipe());
    this.#wake();
  }

  /**
   * Sends bytes to the guest. Settles when more may be sent; what was given may change then.
   *
   * @throws {Deno.errors.BrokenPipe} If nobody reads it there any more.
   */
  async write(chunk: Bytes): Promise<void> {
    const { isMessages = false } = this.#options;
    if (isMessages && chunk.length > MAX_PAYLOAD) {
      throw new RangeError(
        `A message has at most ${MAX_PAYLOAD} bytes, and this one ${chunk.length}`,
      );
    }
    for (let at = 0; at < chunk.length;) {
      const wanted = Math.min(chunk.length - at, MAX_PAYLOAD);
      const least = isMessages ? wanted : 1;
      while (this.#credit < least && !this.#isInputOver) await this.#more.promise;
      if (this.#isInputOver) throw brokenPipe();
      const size = Math.min(wanted, this.#credit);
      this.#credit -= size;
      await this.#raw?.send(FrameType.data, 0, chunk.subarray(at, at + size));
      at += size;
    }
  }

  /** Ends what goes to the guest. */
  endInput(): void {
    if (this.#isInputOver) return;
    void this.#raw?.send(FrameType.end, 0, NOTHING);
  }

  #wake(): void {
    this.#more.resolve();
    this.#more = Promise.withResolvers();
  }

  #outputChannel(channel: 1 | 2): OutputChannel {
    return new OutputChannel({
      isMessages: this.#options.isMessages ?? false,
      grant: (size) => {
        const payload = new Uint8Array(4);
        new DataView(payload.buffer).setUint32(0, size, true);
        void this.#raw?.send(FrameType.credit, channel, payload);
      },
      onCancel: () => void this.#raw?.send(FrameType.end, channel, NOTHING),
    });
  }
}

function brokenPipe(): Error {
  return new Deno.errors.BrokenPipe("Cannot write to the guest: nobody reads there any more");
}

function refused(kind: string, words: string, fields: Fields): SnapvmError<"guest-refused"> {
  const error = words.slice(0, MAX_WORDS);
  const step = fieldOf(fields, "step")?.slice(0, MAX_WORDS);
  return new SnapvmError("guest-refused", `Cannot ${doing(kind)} in the guest: ${error}`, {
    data: {
      kind,
      error,
      errno: (fieldOf(fields, "errno") ?? "").slice(0, MAX_WORDS),
      ...step !== undefined && { step },
    },
  });
}

/** What a guest is asked for by each kind of stream. */
function doing(kind: string): string {
  switch (kind) {
    case "command":
      return "run the command";
    case "connect":
      return "connect";
    case "tar-out":
      return "read files";
    case "tar-in":
      return "write files";
    case "stat":
      return "look at the path";
    case "mount":
      return "mount the share";
    case "unmount":
      return "unmount the share";
    case "clock":
      return "set the clock";
    case "entropy":
      return "add entropy";
    case "authorize":
      return "add the key";
    case "power":
      return "power off";
  }
  return `do what was asked (${kind})`;
}
