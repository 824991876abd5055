import { reasonOf, SnapvmError } from "../../error/mod.ts";
import type { MachinePort } from "../../machines/mod.ts";
import { forwardTcp } from "./forward_tcp.ts";
import type { ConnectInGuest } from "./guest_connection.ts";
import type { UdpListener } from "./udp_listener.ts";

/** Ports of the host that lead to a guest. They are taken before the machine starts, and served once it answers. */
export class PortListeners implements Disposable {
  /** The ports, with the numbers that the system has given to those that were 0. */
  readonly ports: readonly MachinePort[];
  readonly #tcp: ReadonlyMap<MachinePort, Deno.TcpListener>;
  readonly #udp: ReadonlyMap<MachinePort, UdpListener>;
  readonly #open = new Set<Disposable>();
  #isDisposed = false;

  private constructor(
    tcp: ReadonlyMap<MachinePort, Deno.TcpListener>,
    udp: ReadonlyMap<MachinePort, UdpListener>,
  ) {
    this.#tcp = tcp;
    this.#udp = udp;
    this.ports = [...tcp.keys(), ...udp.keys()];
  }

  /**
   * Takes ports.
   *
   * @param ports Which ones. The host's port 0 is any that is free.
   * @returns The ports, taken.
   * @throws {SnapvmError} `port-taken` if one cannot be had; none is taken then.
   */
  static async open(ports: readonly MachinePort[]): Promise<PortListeners> {
    using taken = new DisposableStack();
    const tcp = new Map<MachinePort, Deno.TcpListener>();
    const udp = new Map<MachinePort, UdpListener>();
    for (const port of ports) {
      try {
        const { address: hostname, hostPort } = port;
        if (port.protocol === "tcp") {
          const listener = taken.use(Deno.listen({ hostname, port: hostPort }));
          tcp.set({ ...port, hostPort: listener.addr.port }, listener);
        } else {
          // It brings a part of Node's library with it.
          const { UdpListener } = await import(
            import.meta.resolve("./udp_listener.ts")
          ) as typeof import("./udp_listener.ts");
          const listener = taken.use(await UdpListener.open(hostname, hostPort));
          udp.set({ ...port, hostPort: listener.port }, listener);
        }
      } catch (cause) {
        throw portTaken(port, cause);
      }
    }
    taken.move();
    return new PortListeners(tcp, udp);
  }

  /**
   * Serves the ports until they are disposed of.
   *
   * @param connect Connects to the guest.
   * @param onProblem Called if a port can no longer be served: a sentence.
   */
  serve(connect: ConnectInGuest, onProblem: (problem: string) => void): void {
    for (const [port, listener] of this.#tcp) {
      void this.#accept(port, listener, connect).catch((error) => {
        if (!this.#isDisposed) onProblem(`Cannot serve ${describe(port)}: ${reasonOf(error)}`);
      });
    }
    for (const [port, listener] of this.#udp) {
      listener.serve(() => connect(`udp:127.0.0.1:${port.guestPort}`));
    }
  }

  /** Gives the ports back and ends all connections. */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    for (const listener of this.#tcp.values()) listener.close();
    for (const listener of this.#udp.values()) listener[Symbol.dispose]();
    for (const connection of this.#open) connection[Symbol.dispose]();
  }

  async #accept(
    port: MachinePort,
    listener: Deno.TcpListener,
    connect: ConnectInGuest,
  ): Promise<void> {
    for (;;) {
      const client = await accept(listener);
      const connection = forwardTcp(client, connect, port.guestPort);
      this.#open.add(connection);
      void connection.ended.then(() => this.#open.delete(connection));
    }
  }
}

/** Why a host's port cannot be had. */
function portTaken(port: MachinePort, cause: unknown): SnapvmError {
  const { protocol, address, hostPort } = port;
  const isInUse = cause instanceof Deno.errors.AddrInUse || codeOf(cause) === "EADDRINUSE";
  const why = isInUse
    ? "another program has it"
    : cause instanceof Deno.errors.PermissionDenied || codeOf(cause) === "EACCES"
    ? "this user may not listen there"
    : cause instanceof Deno.errors.AddrNotAvailable || codeOf(cause) === "EADDRNOTAVAIL"
    ? "this host does not have the address"
    : reasonOf(cause);
  return new SnapvmError("port-taken", `Cannot listen on ${describe(port)}: ${why}`, {
    data: { protocol, address, port: hostPort, inUse: isInUse },
    cause,
  });
}

function describe({ protocol, address, hostPort }: MachinePort): string {
  return `${address.includes(":") ? `[${address}]` : address}:${hostPort}/${protocol}`;
}

/** The code of an error in Node's manner. */
function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

/** How long to wait until others have given back what the system has none left of, in milliseconds. */
const PAUSE_MS = 100;

/** Accepts a connection. That one of them was reset meanwhile, or that there are too many, is no end. */
async function accept(listener: Deno.TcpListener): Promise<Deno.TcpConn> {
  for (;;) {
    try {
      return await listener.accept();
    } catch (error) {
      if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted) {
        throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}
