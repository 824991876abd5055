import { createSocket, type Socket } from "node:dgram";
import type { GuestConnection } from "./guest_connection.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** How long a client may be silent before it is forgotten, in milliseconds: as long as NATs keep one (RFC 4787, 4.3). */
const IDLE_MS = 120_000;
/** How many clients there are at most; a new one takes the place of the one that was silent longest. */
const MAX_CLIENTS = 256;
/** The largest datagram that is passed on, in bytes: as much as one frame may have. */
const MAX_DATAGRAM = 32_760;
/** How many datagrams of a client wait for the guest; what comes besides is lost, as UDP may lose it. */
const MAX_WAITING = 64;

/** One sender, which the guest sees as one. */
interface Client {
  readonly guest: GuestConnection;
  readonly writer: WritableStreamDefaultWriter<Bytes>;
  waiting: number;
  timer: ReturnType<typeof setTimeout>;
}

/** How a {@linkcode UdpListener} forgets. */
export interface UdpListenerOptions {
  /** How long a client may be silent, in milliseconds. */
  readonly idle?: number;
}

/** A UDP port of the host. Each sender has a connection of its own to the guest, until it is silent for long. */
export class UdpListener implements Disposable {
  /** Its number. */
  readonly port: number;
  readonly #socket: Socket;
  readonly #idle: number;
  readonly #clients = new Map<string, Client>();

  private constructor(socket: Socket, { idle = IDLE_MS }: UdpListenerOptions) {
    this.#socket = socket;
    this.#idle = idle;
    this.port = socket.address().port;
    // An answer that cannot be delivered is lost.
    socket.on("error", () => {});
  }

  /**
   * Takes a port.
   *
   * @param address The host's address.
   * @param port The number; 0 is any that is free.
   * @param options When to forget.
   * @returns The port, taken.
   * @throws What the system says, with a `code` in Node's manner.
   */
  static async open(
    address: string,
    port: number,
    options: UdpListenerOptions = {},
  ): Promise<UdpListener> {
    const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.bind(port, address, () => {
        socket.off("error", reject);
        resolve();
      });
    }).catch((error) => {
      socket.close();
      throw error;
    });
    return new UdpListener(socket, options);
  }

  /**
   * Begins to pass datagrams on.
   *
   * @param connect Connects to the guest, for a sender.
   */
  serve(connect: () => GuestConnection): void {
    this.#socket.on("message", (message, { address, port }) => {
      if (message.length === 0 || message.length > MAX_DATAGRAM) return;
      const key = `${address} ${port}`;
      const client = this.#clients.get(key) ?? this.#begin(key, address, port, connect());
      this.#touch(key, client);
      if (client.waiting >= MAX_WAITING) return;
      client.waiting++;
      client.writer.write(new Uint8Array(message)).then(
        () => client.waiting--,
        () => this.#forget(key, client),
      );
    });
  }

  /** Gives the port back. */
  [Symbol.dispose](): void {
    for (const [key, client] of this.#clients) this.#forget(key, client);
    this.#socket.close();
  }

  #begin(key: string, address: string, port: number, guest: GuestConnection): Client {
    if (this.#clients.size >= MAX_CLIENTS) {
      const [[oldest, client]] = this.#clients as unknown as [[string, Client]];
      this.#forget(oldest, client);
    }
    const client: Client = {
      guest,
      writer: guest.writable.getWriter(),
      waiting: 0,
      timer: setTimeout(() => {}, 0),
    };
    client.writer.closed.catch(() => {});
    guest.opened.catch(() => this.#forget(key, client));
    void this.#answer(guest, address, port).catch(() => {}).finally(() =>
      this.#forget(key, client)
    );
    return client;
  }

  async #answer(guest: GuestConnection, address: string, port: number): Promise<void> {
    for await (const bytes of guest.readable) {
      await new Promise<void>((resolve) =>
        this.#socket.send(bytes, port, address, () => resolve())
      );
    }
  }

  /** It is heard of: now it is the last to be forgotten. */
  #touch(key: string, client: Client): void {
    clearTimeout(client.timer);
    client.timer = setTimeout(() => this.#forget(key, client), this.#idle);
    this.#clients.delete(key);
    this.#clients.set(key, client);
  }

  #forget(key: string, client: Client): void {
    clearTimeout(client.timer);
    if (this.#clients.get(key) === client) this.#clients.delete(key);
    client.guest.close();
  }
}
