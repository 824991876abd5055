import { closeIfOpen } from "./close_if_open.ts";

/**
 * Unix sockets that another program connects to, once each. Disposing of the set closes everything that it still owns:
 * the sockets, and connections until {@linkcode SocketSet.release} hands them over.
 */
export class SocketSet implements Disposable {
  readonly #listeners: readonly Deno.Listener[];
  readonly #accepting: Promise<readonly Deno.Conn[]>;
  #owned: Deno.Conn[] = [];
  #isDisposed = false;

  /**
   * Listens on sockets. From now on a program can connect to them.
   *
   * @param paths Their paths; nothing is there yet.
   * @throws What the system says if a socket cannot be made; none is left open then.
   */
  constructor(paths: readonly string[]) {
    using opened = new DisposableStack();
    this.#listeners = paths.map((path) => opened.use(Deno.listen({ transport: "unix", path })));
    opened.move();
    this.#accepting = Promise.all(this.#listeners.map((listener) => this.#accept(listener)));
    // If the set is disposed of before anybody waits, this must not count as unhandled.
    this.#accepting.catch(() => {});
  }

  /**
   * Waits until each socket has been connected to.
   *
   * @returns The connections, in the order of the paths. They still belong to the set.
   * @throws What the system says if a connection cannot be accepted, or the set is disposed of.
   */
  accept(): Promise<readonly Deno.Conn[]> {
    return this.#accepting;
  }

  /** Hands the connections over: from now on they are the caller's to close. */
  release(): void {
    this.#owned = [];
  }

  /** Closes the sockets, and the connections that were not handed over. */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#listeners.forEach(closeIfOpen);
    this.#owned.forEach(closeIfOpen);
  }

  async #accept(listener: Deno.Listener): Promise<Deno.Conn> {
    const connection = await listener.accept();
    closeIfOpen(listener);
    this.#owned.push(connection);
    // It may have come at the same moment as the end.
    if (this.#isDisposed) closeIfOpen(connection);
    return connection;
  }
}
