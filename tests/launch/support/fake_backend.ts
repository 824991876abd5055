import {
  decodeFields,
  encodeFields,
  encodeFrame,
  type Fields,
  FrameDecoder,
  FrameType,
} from "../../../lib/guest/mod.ts";
import type {
  Architecture,
  Backend,
  Channel,
  Machine,
  MachineEnd,
  MachineSpecification,
  StartOptions,
} from "../../../lib/vm/mod.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** What a guest writes, piece by piece. */
class GuestOutput {
  readonly readable: ReadableStream<Bytes>;
  #controller!: ReadableStreamDefaultController<Bytes>;

  constructor() {
    this.readable = new ReadableStream<Bytes>({
      start: (controller) => {
        this.#controller = controller;
      },
    });
  }

  push(bytes: Bytes): void {
    this.#controller.enqueue(bytes);
  }

  close(): void {
    try {
      this.#controller.close();
    } catch {
      // It was cancelled, or closed before.
    }
  }
}

/** A hypervisor without a guest: the test says what the guest would. One machine each. */
export class FakeBackend implements Backend {
  readonly name = "fake";
  readonly console = new GuestOutput();
  /** Why no machine starts. */
  refusal: Error | undefined;
  readonly #agent = new GuestOutput();
  readonly #opened = Promise.withResolvers<number>();
  readonly #end = Promise.withResolvers<MachineEnd>();

  consoleDevice(): string {
    return "hvc0";
  }

  kernelArguments(_: Architecture): readonly string[] {
    return [];
  }

  // deno-lint-ignore require-await
  async start(_: MachineSpecification, options: StartOptions = {}): Promise<Machine> {
    if (this.refusal !== undefined) throw this.refusal;
    options.onStage?.("clone");
    options.signal?.addEventListener("abort", () => this.end({ reason: "stopped" }));
    const stop = async () => {
      this.end({ reason: "stopped" });
      await this.#end.promise;
    };
    this.send(FrameType.hello, 0, 0, encodeFields([["snapvm-agent"], ["protocol", "1"]]));
    return {
      backend: this.name,
      acceleration: "none",
      console: { readable: this.console.readable, writable: new WritableStream() },
      ended: this.#end.promise,
      port: () => this.#port(),
      stop,
      [Symbol.asyncDispose]: stop,
    };
  }

  /** Tells of an event in the guest. */
  tell(...events: readonly Fields[]): void {
    for (const event of events) this.send(FrameType.event, 0, 0, encodeFields(event));
  }

  /** Tells of stages that were reached now. */
  reach(...stages: readonly string[]): void {
    this.tell(...stages.map((name): Fields => [
      ["stage"],
      ["name", name],
      ["then", "1.5"],
      ["now", "1.5"],
    ]));
  }

  /** Sends a frame of the guest's agent. */
  send(type: number, stream: number, channel: number, payload: Bytes): void {
    this.#agent.push(encodeFrame({ type, stream, channel, payload }));
  }

  /** Begins the command when the host wants it, and says so. Returns the number of its stream. */
  async begin(): Promise<number> {
    const stream = await this.#opened.promise;
    this.send(FrameType.opened, stream, 0, encodeFields([["pid", "7"]]));
    return stream;
  }

  /** Does what the host wants of the command. */
  async finish({ stdout, stderr, result }: {
    readonly stdout?: string;
    readonly stderr?: string;
    readonly result: Fields;
  }): Promise<void> {
    const stream = await this.#opened.promise;
    const text = new TextEncoder();
    if (stdout) this.send(FrameType.data, stream, 1, text.encode(stdout));
    if (stderr) this.send(FrameType.data, stream, 2, text.encode(stderr));
    this.send(FrameType.close, stream, 0, encodeFields(result));
  }

  /** Ends the machine; a second call does nothing. */
  end(end: MachineEnd): void {
    this.#end.resolve(end);
    this.console.close();
    this.#agent.close();
  }

  #port(): Channel {
    const decoder = new FrameDecoder();
    return {
      readable: this.#agent.readable,
      writable: new WritableStream({
        write: (bytes) =>
          decoder.push(bytes, ({ type, stream, payload }) => {
            if (type !== FrameType.open) return;
            if (decodeFields(payload)?.[0]?.[0] === "command") this.#opened.resolve(stream);
            // Everything else the guest does at once.
            else this.send(FrameType.close, stream, 0, encodeFields([]));
          }),
      }),
    };
  }
}
