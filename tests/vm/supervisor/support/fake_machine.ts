import {
  decodeFields,
  encodeFields,
  encodeFrame,
  fieldOf,
  type Fields,
  type Frame,
  FrameDecoder,
  FrameType,
  INITIAL_CREDIT,
} from "../../../../lib/guest/mod.ts";
import type { Channel, Machine, MachineEnd } from "../../../../lib/vm/mod.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const encode = (text: string): Bytes => new TextEncoder().encode(text);

/** One side of a pair of channels, whose writes wait until the other side reads. */
class Side {
  readonly channel: Channel;
  readonly #writer: WritableStreamDefaultWriter<Bytes>;
  readonly read: ReadableStream<Bytes>;

  constructor() {
    const out = new TransformStream<Bytes, Bytes>();
    const back = new TransformStream<Bytes, Bytes>();
    this.#writer = out.writable.getWriter();
    this.#writer.closed.catch(() => {});
    this.read = back.readable;
    this.channel = { readable: out.readable, writable: back.writable };
  }

  async write(bytes: Bytes): Promise<void> {
    await this.#writer.write(bytes).catch(() => {});
  }

  close(): void {
    this.#writer.close().catch(() => {});
  }
}

interface Stream {
  readonly fields: Fields;
  credit: number;
  readonly input: Bytes[];
  isInputOver: boolean;
  wake: () => void;
}

/**
 * A machine without a hypervisor. Its agent knows commands `echo`, which sends back what it gets; `flood`, which sends as
 * long as it may; and connections, which echo too.
 */
export class FakeMachine implements Machine {
  readonly backend = "fake";
  readonly acceleration = "none";
  readonly ended: Promise<MachineEnd>;
  /** As QEMU does. */
  onPort?: ((name: string, isOpen: boolean) => void) | undefined = undefined;
  /** What was typed on its console. */
  typed = "";
  /** The fields of all streams that were opened, by their numbers in the agent. */
  readonly opened = new Map<number, Fields>();
  /** The numbers of those that were given up. */
  readonly givenUp: number[] = [];
  /** How many bytes a flood has sent. */
  flooded = 0;
  /** What the agent waits for before it reads on: a guest whose hypervisor is stopped reads nothing. */
  gate: Promise<void> = Promise.resolve();
  /** Whether it powers off when it is asked to. */
  isObedient = true;
  readonly #console = new Side();
  readonly #port = new Side();
  readonly #end = Promise.withResolvers<MachineEnd>();
  readonly #streams = new Map<number, Stream>();

  constructor() {
    this.ended = this.#end.promise;
    void this.#readConsole();
  }

  get console(): Channel {
    return this.#console.channel;
  }

  port(name: string): Channel {
    if (name !== "snapvm.agent") throw new RangeError(`The machine has no port named ${name}`);
    return this.#port.channel;
  }

  /** Shows something on the console. */
  async show(text: string): Promise<void> {
    await this.#console.write(encode(text));
  }

  /** The agent answers. */
  async greet(): Promise<void> {
    void this.#serve();
    await this.#send(0, FrameType.hello, 0, encodeFields([["snapvm-agent"], ["protocol", "1"]]));
  }

  /** The agent tells of something. */
  async tell(...fields: Fields): Promise<void> {
    await this.#send(0, FrameType.event, 0, encodeFields(fields));
  }

  /** The agent sends whatever bytes. */
  async babble(bytes: Bytes): Promise<void> {
    await this.#port.write(bytes);
  }

  end(end: MachineEnd): void {
    this.#console.close();
    this.#port.close();
    this.#end.resolve(end);
  }

  async stop(): Promise<void> {
    this.end({ reason: "stopped" });
    await this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #readConsole(): Promise<void> {
    for await (const bytes of this.#console.read) this.typed += new TextDecoder().decode(bytes);
  }

  async #send(stream: number, type: number, channel: number, payload: Bytes): Promise<void> {
    await this.#port.write(encodeFrame({ stream, type, channel, payload }));
  }

  async #serve(): Promise<void> {
    const decoder = new FrameDecoder();
    for await (const bytes of this.#port.read) {
      await this.gate;
      decoder.push(bytes, (frame) => this.#take(frame));
    }
  }

  #take({ stream: number, type, channel, payload }: Frame): void {
    const stream = this.#streams.get(number);
    if (type === FrameType.open) {
      const fields = decodeFields(payload)!;
      const opened = {
        fields,
        credit: INITIAL_CREDIT,
        input: [],
        isInputOver: false,
        wake: () => {},
      };
      this.opened.set(number, fields);
      this.#streams.set(number, opened);
      void this.#answer(number, opened);
    }
    if (stream === undefined) return;
    if (type === FrameType.credit && channel === 1) {
      stream.credit += new DataView(payload.buffer, payload.byteOffset).getUint32(0, true);
    } else if (type === FrameType.data) {
      stream.input.push(payload);
    } else if (type === FrameType.end && channel === 0) {
      stream.isInputOver = true;
    } else if (type === FrameType.close) {
      this.givenUp.push(number);
      this.#streams.delete(number);
      void this.#send(number, FrameType.close, 0, encodeFields([]));
    }
    stream.wake();
  }

  async #answer(number: number, stream: Stream): Promise<void> {
    const kind = stream.fields[0]?.[0];
    const close = async (...fields: Fields) => {
      this.#streams.delete(number);
      await this.#send(number, FrameType.close, 0, encodeFields(fields));
    };
    if (kind === "power") {
      await close();
      if (this.isObedient) this.end({ reason: "power-off" });
      return;
    }
    if (kind === "clock" || kind === "mount") return await close();
    if (kind !== "command" && kind !== "connect") {
      return await close(["error", "there is no such kind"], ["errno", "EINVAL"]);
    }
    await this.#send(number, FrameType.opened, 0, encodeFields([["pid", String(number)]]));
    const isFlood = fieldOf(stream.fields, "argument") === "flood";
    while (this.#streams.has(number)) {
      const bytes = isFlood ? new Uint8Array(16_384) : stream.input[0];
      if (bytes !== undefined && stream.credit >= bytes.length) {
        stream.credit -= bytes.length;
        stream.input.shift();
        if (isFlood) this.flooded += bytes.length;
        await this.#send(number, FrameType.data, 1, bytes);
        if (!isFlood) await this.#send(number, FrameType.credit, 0, credit(bytes.length));
      } else if (bytes === undefined && stream.isInputOver) {
        await this.#send(number, FrameType.end, 1, new Uint8Array());
        return await close(["status", "0"]);
      } else {
        await new Promise<void>((resolve) => stream.wake = resolve);
      }
    }
  }
}

function credit(size: number): Bytes {
  const payload = new Uint8Array(4);
  new DataView(payload.buffer).setUint32(0, size, true);
  return payload;
}
