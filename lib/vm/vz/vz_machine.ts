import type { VirtualMachine, VirtualMachineEvent } from "../../../ffi/mod.ts";
import { closeIfOpen } from "../close_if_open.ts";
import type { BootMark, Channel, Machine, MachineEnd } from "../machine.ts";
import { SocketChannel } from "../socket_channel.ts";
import { BootWatch } from "./boot_watch.ts";
import { LastWords } from "./last_words.ts";

/**
 * How long a guest has to be silent before its last words count, in milliseconds. A panic waits a second before it
 * restarts the guest (`panic=1`), and a kernel that starts anew has to find its console first.
 */
const SILENCE_MS = 250;

/** The framework stops and lets go within milliseconds; one that does not is waited for no longer than this. */
const PATIENCE_MS = 2000;

/** As much as a guest's kernel writes while it boots: it must not wait for somebody to look at its console. */
const CONSOLE_READ_AHEAD = 64 * 1024;

/** What a machine of the framework is held by. */
export interface VzMachineOptions {
  /** The machine itself, which is not yet started. */
  readonly virtualMachine: Pick<VirtualMachine, "start" | "stop" | typeof Symbol.asyncDispose>;
  /** The guest's console. */
  readonly console: Deno.Conn;
  /** The named ports. */
  readonly ports: ReadonlyMap<string, Deno.Conn>;
  /** How the guest marks its boots. */
  readonly bootMark: BootMark | undefined;
}

/** A machine of Virtualization.framework. */
export class VzMachine implements Machine {
  /** As in {@linkcode Machine}. */
  readonly backend = "vz";
  /** As in {@linkcode Machine}. */
  readonly acceleration = "vz";
  /** As in {@linkcode Machine}. */
  readonly console: Channel;
  /** As in {@linkcode Machine}. */
  readonly ended: Promise<MachineEnd>;
  readonly #virtualMachine: VzMachineOptions["virtualMachine"];
  readonly #ports: ReadonlyMap<string, Channel>;
  readonly #lastWords = new LastWords();
  /** The first reason counts: what is heard of a machine that is being stopped is its stop. */
  readonly #end = Promise.withResolvers<MachineEnd>();
  #started: Promise<void> = Promise.resolve();
  #silence: ReturnType<typeof setTimeout> | undefined;

  /**
   * Takes over a machine.
   *
   * @param options The machine, its console and ports connected.
   */
  constructor({ virtualMachine, console, ports, bootMark }: VzMachineOptions) {
    this.#virtualMachine = virtualMachine;
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
    this.#end.resolve({ reason: "stopped" });
    await this.ended;
  }

  /** Ends the machine where it still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /**
   * Takes what the framework tells of the machine.
   *
   * @param event The event.
   */
  takeEvent(event: VirtualMachineEvent): void {
    if (event.kind === "guest-stopped") {
      this.#end.resolve({ reason: "power-off" });
    } else if (event.kind === "stopped-with-error") {
      this.#end.resolve({ reason: "hypervisor-failed", detail: event.error });
    }
  }

  /** A kernel of 2025 or later cannot announce its restart on a virtio console any more: it resets the device before. */
  #watchBoots(mark: BootMark): (bytes: Uint8Array<ArrayBuffer>) => void {
    const watch = new BootWatch(mark);
    return (bytes) => {
      if (watch.push(bytes)) this.#end.resolve({ reason: "reset" });
    };
  }

  #listen(bytes: Uint8Array<ArrayBuffer>): void {
    this.#lastWords.push(bytes);
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      const { meaning } = this.#lastWords;
      if (meaning !== undefined) this.#end.resolve({ reason: meaning });
    }, SILENCE_MS);
  }

  async #finish(
    channels: readonly SocketChannel[],
    connections: readonly Deno.Conn[],
  ): Promise<MachineEnd> {
    const end = await this.#end.promise;
    const timers: ReturnType<typeof setTimeout>[] = [];
    const patience = () =>
      new Promise<void>((resolve) => timers.push(setTimeout(resolve, PATIENCE_MS)));
    if (end.reason !== "power-off" && end.reason !== "hypervisor-failed") {
      // What is starting cannot be stopped yet, and a guest that has stopped by itself cannot any more.
      const stopped = this.#started.then(() => this.#virtualMachine.stop()).catch(() => {});
      await Promise.race([stopped, patience()]);
    }
    const released = this.#virtualMachine[Symbol.asyncDispose]();
    const givenUp = patience().then(() => connections.forEach(closeIfOpen));
    await Promise.all(channels.map((channel) => channel.finish()));
    await Promise.race([released, givenUp]);
    timers.forEach((timer) => clearTimeout(timer));
    clearTimeout(this.#silence);
    // Where the framework takes a restart for an end, the console tells the two apart.
    const { meaning } = this.#lastWords;
    return end.reason === "power-off" && meaning !== undefined ? { reason: meaning } : end;
  }
}
