import type { VirtualMachine } from "../../../ffi/mod.ts";
import { closeIfOpen } from "../../host/mod.ts";
import type { BootMark, Channel, Machine, MachineEnd, ShareType } from "../machine.ts";
import { SocketChannel } from "../socket_channel.ts";
import { BootWatch } from "./boot_watch.ts";
import type { EndReason } from "./end_reason.ts";
import { LastWords } from "./last_words.ts";

/**
 * How long a guest has to be silent before its last words count, in milliseconds. A panic waits a second before it
 * restarts the guest (`panic=1`), and a kernel that starts again has to find its console first.
 */
const SILENCE_MS = 250;

/** The framework stops and lets go within milliseconds; if it does not, this is how long to wait for it. */
const PATIENCE_MS = 2000;

/** As much as a guest's kernel writes while it boots: it must not wait until its console is read. */
const CONSOLE_READ_AHEAD = 64 * 1024;

/** What a {@linkcode VzMachine} takes over. */
export interface VzMachineOptions {
  /** The machine itself, which is not yet started. */
  readonly virtualMachine: Pick<VirtualMachine, "start" | "stop" | typeof Symbol.asyncDispose>;
  /** Why it ends; its events go there. */
  readonly end: EndReason;
  /** The guest's console. */
  readonly console: Deno.Conn;
  /** The named ports. */
  readonly ports: ReadonlyMap<string, Deno.Conn>;
  /** How the guest marks its boots, if it does. */
  readonly bootMark: BootMark | undefined;
  /** The tags of its shares. */
  readonly shareTags?: readonly string[];
}

/** A machine of Virtualization.framework. */
export class VzMachine implements Machine {
  /** As in {@linkcode Machine}. */
  readonly backend = "vz";
  /** As in {@linkcode Machine}. */
  readonly acceleration = "vz";
  /** As in {@linkcode Machine}. */
  readonly shareTypes: ReadonlyMap<string, ShareType>;
  /** As in {@linkcode Machine}. */
  readonly console: Channel;
  /** As in {@linkcode Machine}. */
  readonly ended: Promise<MachineEnd>;
  readonly #virtualMachine: VzMachineOptions["virtualMachine"];
  readonly #ports: ReadonlyMap<string, Channel>;
  readonly #lastWords = new LastWords();
  readonly #end: EndReason;
  #started: Promise<void> = Promise.resolve();
  #silence: ReturnType<typeof setTimeout> | undefined;

  /**
   * Takes over a machine.
   *
   * @param options The machine, its console and ports connected.
   */
  constructor(options: VzMachineOptions) {
    const { virtualMachine, end, console, ports, bootMark, shareTags = [] } = options;
    this.shareTypes = new Map(shareTags.map((tag) => [tag, "virtiofs"]));
    this.#virtualMachine = virtualMachine;
    this.#end = end;
    const consoleChannel = new SocketChannel(console, {
      readAhead: CONSOLE_READ_AHEAD,
      onBytes: (bytes) => this.#listen(bytes),
    });
    const portChannels = new Map<string, SocketChannel>();
    for (const [name, connection] of ports) {
      const options = bootMark?.port === name ? { onBytes: this.#watchBoots(bootMark) } : {};
      portChannels.set(name, new SocketChannel(connection, { readAhead: 0, ...options }));
    }
    this.console = consoleChannel;
    this.#ports = portChannels;
    this.ended = this.#finish(
      [consoleChannel, ...portChannels.values()],
      [console, ...ports.values()],
    );
  }

  /** As in {@linkcode Machine}. */
  port(name: string): Channel {
    const port = this.#ports.get(name);
    if (port === undefined) throw new RangeError(`The machine has no port named ${name}`);
    return port;
  }

  /**
   * Starts the guest.
   *
   * @throws {VirtualizationError} If the framework cannot.
   */
  async start(): Promise<void> {
    this.#started = this.#virtualMachine.start();
    await this.#started;
  }

  /** As in {@linkcode Machine}. */
  async stop(): Promise<void> {
    this.#end.give({ reason: "stopped" });
    await this.ended;
  }

  /** Ends the machine if it still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** A kernel of 2025 or later resets a virtio console before it restarts, and so cannot announce that any more. */
  #watchBoots(mark: BootMark): (bytes: Uint8Array<ArrayBuffer>) => void {
    const watch = new BootWatch(mark);
    return (bytes) => {
      if (watch.push(bytes)) this.#end.give({ reason: "reset" });
    };
  }

  #listen(bytes: Uint8Array<ArrayBuffer>): void {
    this.#lastWords.push(bytes);
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      const { meaning } = this.#lastWords;
      if (meaning !== undefined) this.#end.give({ reason: meaning });
    }, SILENCE_MS);
  }

  async #finish(
    channels: readonly SocketChannel[],
    connections: readonly Deno.Conn[],
  ): Promise<MachineEnd> {
    const end = await this.#end.known;
    const timers: ReturnType<typeof setTimeout>[] = [];
    const patience = () =>
      new Promise<void>((resolve) => timers.push(setTimeout(resolve, PATIENCE_MS)));
    if (end.reason !== "power-off" && end.reason !== "hypervisor-failed") {
      // A machine that is starting cannot be stopped yet, nor can one whose guest has stopped by itself.
      const stopped = this.#started.then(() => this.#virtualMachine.stop()).catch(() => {});
      await Promise.race([stopped, patience()]);
    }
    const released = this.#virtualMachine[Symbol.asyncDispose]();
    const givenUp = patience().then(() => connections.forEach(closeIfOpen));
    await Promise.all(channels.map((channel) => channel.finish()));
    await Promise.race([released, givenUp]);
    timers.forEach((timer) => clearTimeout(timer));
    clearTimeout(this.#silence);
    // If the framework takes a restart for an end, the console tells the two apart.
    const { meaning } = this.#lastWords;
    return end.reason === "power-off" && meaning !== undefined ? { reason: meaning } : end;
  }
}
