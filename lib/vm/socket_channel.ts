import { closeIfOpen, writeAll } from "../host/mod.ts";
import type { Channel } from "./machine.ts";

/** How much is read at once, in bytes: what a Unix socket's buffer holds. */
const READ_SIZE = 64 * 1024;

/** What a {@linkcode SocketChannel} does besides moving bytes. */
export interface SocketChannelOptions {
  /** How many bytes are read before somebody asks for them. */
  readonly readAhead: number;
  /** Called with everything that comes from the guest, before anybody else sees it. */
  readonly onBytes?: (bytes: Uint8Array<ArrayBuffer>) => void;
}

/**
 * The connection of a hypervisor's console or port as a {@linkcode Channel}.
 *
 * No more than `readAhead` is read before somebody asks for it, so that a guest waits for its reader. When `readable`
 * is cancelled the rest is read and thrown away: a guest must not hang because nobody listens any more.
 */
export class SocketChannel implements Channel {
  /** What the guest writes. */
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** What the guest reads. */
  readonly writable: WritableStream<Uint8Array<ArrayBuffer>>;
  readonly #conn: Deno.Conn;
  readonly #options: SocketChannelOptions;
  readonly #buffer = new Uint8Array(READ_SIZE);
  /** The last read that was begun; each waits for the one before. Whether there may be more. */
  #reading: Promise<boolean> = Promise.resolve(true);
  #controller!: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  #cancelled = false;

  /**
   * Takes over a connection.
   *
   * @param conn The connection.
   * @param options What else to do.
   */
  constructor(conn: Deno.Conn, options: SocketChannelOptions) {
    this.#conn = conn;
    this.#options = options;
    this.readable = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: async () => {
        await this.#next();
      },
      cancel: () => {
        this.#cancelled = true;
        this.#readAll();
      },
    }, { highWaterMark: options.readAhead, size: (chunk) => chunk.byteLength });
    this.writable = new WritableStream({ write: (chunk) => this.#write(chunk) });
  }

  /**
   * Reads what is left in the socket once the hypervisor is gone (at most what the kernel buffers), keeps it for a later
   * reader, and closes the connection.
   */
  async finish(): Promise<void> {
    await this.#readAll();
    closeIfOpen(this.#conn);
  }

  async #readAll(): Promise<void> {
    while (await this.#next());
  }

  #next(): Promise<boolean> {
    this.#reading = this.#reading.then((more) => more && this.#read());
    return this.#reading;
  }

  async #read(): Promise<boolean> {
    // A hypervisor that was killed with something unread resets the connection: for the reader that is its end.
    const length = await this.#conn.read(this.#buffer).catch(() => null);
    if (length === null) {
      if (!this.#cancelled) this.#controller.close();
      return false;
    }
    const bytes = this.#buffer.slice(0, length);
    this.#options.onBytes?.(bytes);
    if (!this.#cancelled) this.#controller.enqueue(bytes);
    return true;
  }

  async #write(chunk: Uint8Array<ArrayBuffer>): Promise<void> {
    try {
      await writeAll(this.#conn, chunk);
    } catch (cause) {
      throw new Deno.errors.BrokenPipe("Cannot write to the guest: nobody reads there any more", {
        cause,
      });
    }
  }
}
