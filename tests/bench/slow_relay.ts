/** A way to a server that lets no more than so many bytes a second through, over all connections. */
export class SlowRelay implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #server: Deno.ConnectOptions;
  readonly #rate: number;
  readonly #serving: Promise<void>;
  readonly #open = new Set<Deno.TcpConn>();
  #free = 0;
  #last = 0;

  /**
   * @param address The server's `host:port`.
   * @param rate How many bytes a second it may send.
   */
  constructor(address: string, rate: number) {
    const [hostname = "", port] = address.split(":");
    this.#server = { hostname, port: Number(port) };
    this.#rate = rate;
    this.#serving = this.#serve();
  }

  /** `127.0.0.1:<port>`. */
  get address(): string {
    return `127.0.0.1:${this.#listener.addr.port}`;
  }

  /** When the last byte went to the client, in the time of `performance.now()`. */
  get lastByte(): number {
    return this.#last;
  }

  async #serve(): Promise<void> {
    for await (const client of this.#listener) {
      void this.#relay(client).catch(() => {});
    }
  }

  async #relay(client: Deno.TcpConn): Promise<void> {
    using server = await Deno.connect(this.#server);
    using _client = client;
    this.#open.add(client).add(server);
    void client.readable.pipeTo(server.writable).catch(() => {});
    const writer = client.writable.getWriter();
    for await (const chunk of server.readable) {
      const now = performance.now();
      this.#free = Math.max(this.#free, now - 20) + chunk.length * 1000 / this.#rate;
      // A timer is late by a millisecond or two: few and longer pauses, which the next ones make up for.
      const ahead = this.#free - now;
      if (ahead > 20) await new Promise((resolve) => setTimeout(resolve, ahead));
      await writer.write(chunk);
      this.#last = performance.now();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#open) {
      try {
        connection.close();
      } catch {
        // It has ended by itself.
      }
    }
    await this.#serving;
  }
}
