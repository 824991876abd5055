import { describeProcessEnd, type GuardedProcess, type ProcessEnd } from "../../host/mod.ts";
import type { Channel, Machine, MachineEnd, ShareType } from "../machine.ts";
import { PanicWatch } from "../panic_watch.ts";
import { SocketChannel } from "../socket_channel.ts";
import type { Qmp, QmpEvent } from "./qmp.ts";
import type { ServedShares } from "./shares/serve_shares.ts";

/** `quit` takes a few milliseconds; a QEMU that is stuck in a system call is killed instead. */
const QUIT_TIMEOUT_MS = 2000;

/**
 * A Unix socket on Linux takes no more than some hundred bytes if they are written one by one, as an emulated serial
 * port does; and a kernel whose port is busy waits 10 ms for each byte of a message, then drops it.
 */
const CONSOLE_READ_AHEAD = 64 * 1024;

/** What a {@linkcode QemuMachine} takes over. */
export interface QemuMachineOptions {
  /** How the guest is accelerated. */
  readonly acceleration: string;
  /** The program itself. */
  readonly process: GuardedProcess;
  /** Its monitor. */
  readonly qmp: Qmp;
  /** The guest's serial port. */
  readonly console: Deno.Conn;
  /** The named ports. */
  readonly ports: ReadonlyMap<string, Deno.Conn>;
  /** The shares, and who serves them. */
  readonly served: ServedShares;
}

/** A machine in a QEMU of its own. */
export class QemuMachine implements Machine {
  /** As in {@linkcode Machine}. */
  readonly backend = "qemu";
  /** As in {@linkcode Machine}. */
  readonly acceleration: string;
  /** As in {@linkcode Machine}. */
  readonly shareTypes: ReadonlyMap<string, ShareType>;
  /** As in {@linkcode Machine}. */
  readonly console: Channel;
  /** As in {@linkcode Machine}. */
  readonly ended: Promise<MachineEnd>;
  /** As in {@linkcode Machine}. */
  onPort: ((name: string, isOpen: boolean) => void) | undefined = undefined;
  readonly #process: GuardedProcess;
  readonly #qmp: Qmp;
  readonly #panicWatch = new PanicWatch();
  readonly #served: ServedShares;
  readonly #ports: ReadonlyMap<string, Channel>;
  #shutdownReason: unknown;
  #diskFailure: string | undefined;
  #stopping: Promise<void> | undefined;

  /**
   * Takes over a QEMU.
   *
   * @param options The QEMU, connected, its guest not yet running.
   */
  constructor({ acceleration, process, qmp, console, ports, served }: QemuMachineOptions) {
    this.acceleration = acceleration;
    this.shareTypes = new Map(served.shares.map(({ tag, type }) => [tag, type]));
    this.#served = served;
    this.#process = process;
    this.#qmp = qmp;
    qmp.onEvent = (event) => this.#onEvent(event);
    const consoleChannel = new SocketChannel(console, {
      readAhead: CONSOLE_READ_AHEAD,
      onBytes: (bytes) => this.#panicWatch.push(bytes),
    });
    const portChannels = new Map<string, SocketChannel>();
    for (const [name, conn] of ports) {
      portChannels.set(name, new SocketChannel(conn, { readAhead: 0 }));
    }
    this.console = consoleChannel;
    this.#ports = portChannels;
    this.ended = this.#end([consoleChannel, ...portChannels.values()]);
  }

  /** As in {@linkcode Machine}. */
  port(name: string): Channel {
    const port = this.#ports.get(name);
    if (port === undefined) throw new RangeError(`The machine has no port named ${name}`);
    return port;
  }

  /** As in {@linkcode Machine}. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** Ends the machine if it still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #stop(): Promise<void> {
    // If QEMU is gone already, or does not answer, the kill below ends it.
    this.#qmp.execute("quit").catch(() => {});
    const timer = setTimeout(() => this.#process.kill(), QUIT_TIMEOUT_MS);
    await this.ended;
    clearTimeout(timer);
  }

  #onEvent({ name, data }: QmpEvent): void {
    if (name === "SHUTDOWN") {
      this.#shutdownReason = data.reason;
    } else if (name === "VSERPORT_CHANGE") {
      const name = [...this.#ports.keys()][Number(/^port(\d+)$/.exec(String(data.id))?.[1])];
      if (name !== undefined) this.onPort?.(name, data.open === true);
    } else if (name === "BLOCK_IO_ERROR" && data.action === "stop") {
      // QEMU pauses the guest and waits for somebody to make room; nobody will.
      this.#diskFailure = `the guest's disk cannot grow: ${data.reason}`;
      this.#process.kill();
    }
  }

  async #end(channels: readonly SocketChannel[]): Promise<MachineEnd> {
    const end = await this.#process.ended;
    await this.#served.end();
    await this.#qmp.closed;
    await Promise.all(channels.map((channel) => channel.finish()));
    return this.#endOf(end);
  }

  #endOf(end: ProcessEnd): MachineEnd {
    switch (this.#shutdownReason) {
      case "guest-shutdown":
        return { reason: "power-off" };
      case "guest-panic":
        return { reason: "panic" };
      case "guest-reset":
        return { reason: this.#panicWatch.panicked ? "panic" : "reset" };
    }
    if (this.#diskFailure !== undefined) {
      return { reason: "hypervisor-failed", detail: this.#diskFailure };
    }
    if (this.#stopping !== undefined) return { reason: "stopped" };
    return { reason: "hypervisor-failed", detail: describeProcessEnd(end) };
  }
}
