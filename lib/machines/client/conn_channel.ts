import type { ByteChannel } from "../../guest/mod.ts";
import { closeIfOpen, writeAll } from "../../host/mod.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** How much is read at once, in bytes. */
const READ_SIZE = 64 * 1024;

/** A connection to a supervisor as a {@linkcode ByteChannel}. Who reads no more, or writes no more, has closed it. */
export class ConnChannel implements ByteChannel {
  readonly #conn: Deno.Conn;
  readonly #buffer = new Uint8Array(READ_SIZE);

  /** Takes over a connection. */
  constructor(conn: Deno.Conn) {
    this.#conn = conn;
  }

  /** Gives the next bytes. A supervisor that was killed with something unread resets the connection: that is its end. */
  async read(): Promise<Bytes | undefined> {
    const length = await this.#conn.read(this.#buffer).catch(() => null);
    return length === null ? undefined : this.#buffer.slice(0, length);
  }

  /** Writes all of the bytes. */
  async write(bytes: Bytes): Promise<void> {
    await writeAll(this.#conn, bytes);
  }

  /** Closes the connection. */
  cancel(): Promise<void> {
    closeIfOpen(this.#conn);
    return Promise.resolve();
  }

  /** Closes the connection. */
  abort(): Promise<void> {
    return this.cancel();
  }
}
