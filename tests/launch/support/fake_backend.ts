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
  readonly channel: Channel;
  #controller!: ReadableStreamDefaultController<Bytes>;

  constructor() {
    const readable = new ReadableStream<Bytes>({
      start: (controller) => {
        this.#controller = controller;
      },
    });
    this.channel = { readable, writable: new WritableStream() };
  }

  push(text: string): void {
    this.#controller.enqueue(new TextEncoder().encode(text));
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
  /** What ends the command's output. */
  endMark: string | undefined;
  /** Why no machine starts. */
  refusal: Error | undefined;
  readonly #ports = new Map<string, GuestOutput>();
  readonly #end = Promise.withResolvers<MachineEnd>();

  consoleDevice(): string {
    return "hvc0";
  }

  kernelArguments(_: Architecture): readonly string[] {
    return [];
  }

  // deno-lint-ignore require-await
  async start({ ports }: MachineSpecification, options: StartOptions = {}): Promise<Machine> {
    if (this.refusal !== undefined) throw this.refusal;
    for (const name of ports) this.#ports.set(name, new GuestOutput());
    options.onStage?.("clone");
    options.signal?.addEventListener("abort", () => this.end({ reason: "stopped" }));
    const stop = async () => {
      this.end({ reason: "stopped" });
      await this.#end.promise;
    };
    return {
      backend: this.name,
      acceleration: "none",
      console: this.console.channel,
      ended: this.#end.promise,
      port: (name) => this.#port(name).channel,
      stop,
      [Symbol.asyncDispose]: stop,
    };
  }

  /** Writes lines to the guest's control port. */
  tell(...lines: string[]): void {
    for (const line of lines) this.#port("snapvm.control").push(`${line}\n`);
  }

  /** Ends the command. */
  finish({ stdout, stderr, status }: { stdout: string; stderr: string; status: number }): void {
    const mark = `${this.endMark} ${status}\n`;
    this.#port("snapvm.stdout").push(stdout + mark);
    this.#port("snapvm.stderr").push(stderr + mark);
  }

  /** Ends the machine; a second call does nothing. */
  end(end: MachineEnd): void {
    this.#end.resolve(end);
    for (const output of [this.console, ...this.#ports.values()]) output.close();
  }

  #port(name: string): GuestOutput {
    const port = this.#ports.get(name);
    if (port === undefined) throw new RangeError(`The machine has no port named ${name}`);
    return port;
  }
}
