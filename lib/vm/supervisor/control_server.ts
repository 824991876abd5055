import { closeIfOpen, join } from "../../host/mod.ts";
import { CONTROL_SOCKET, createRuntimeFolder } from "../../machines/mod.ts";
import type { ControlClient, ControlClientOptions } from "./control_client.ts";

/** How many clients there are at once. */
const MAX_CLIENTS = 256;
/** How long a client has, when the machine has ended, to take what was sent to it, in milliseconds. */
const FINISH_MS = 1000;
/** How long to wait until the system has room for a connection again, in milliseconds. */
const PAUSE_MS = 100;

/** Listens on a machine's control socket, and serves any number of clients. */
export class ControlServer {
  readonly #listener: Deno.Listener;
  readonly #options: ControlClientOptions;
  readonly #clients = new Set<ControlClient>();
  #isClosed = false;

  private constructor(listener: Deno.Listener, options: ControlClientOptions) {
    this.#listener = listener;
    this.#options = options;
    void this.#accept();
  }

  /**
   * Makes the socket, which only this user can connect to.
   *
   * @param folder The machine's folder.
   * @param options What is served.
   * @returns The server.
   */
  static async listen(folder: string, options: ControlClientOptions): Promise<ControlServer> {
    // Nobody else can look into the folder, so nobody comes before the socket has its mode.
    const path = join(await createRuntimeFolder(folder), CONTROL_SOCKET);
    const listener = Deno.listen({ transport: "unix", path });
    try {
      await Deno.chmod(path, 0o600);
      return new ControlServer(listener, options);
    } catch (error) {
      listener.close();
      throw error;
    }
  }

  /** Takes no more clients, and lets those that are there go when they have what was sent to them. */
  async close(): Promise<void> {
    this.#isClosed = true;
    closeIfOpen(this.#listener);
    await Promise.all(Array.from(this.#clients, (client) => client.finish(FINISH_MS)));
  }

  async #accept(): Promise<void> {
    while (!this.#isClosed) {
      try {
        await this.#serve(await this.#listener.accept());
      } catch {
        if (this.#isClosed) return;
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    }
  }

  async #serve(conn: Deno.Conn): Promise<void> {
    if (this.#clients.size >= MAX_CLIENTS || this.#isClosed) return conn.close();
    // Most machines that run in front of somebody have no clients: what serves them is loaded for the first one.
    const { ControlClient } = await import(
      import.meta.resolve("./control_client.ts")
    ) as typeof import("./control_client.ts");
    const client = new ControlClient(conn, this.#options);
    this.#clients.add(client);
    void client.ended.then(() => this.#clients.delete(client));
    if (this.#isClosed) await client.finish(0);
  }
}
