import { closeIfOpen, LineSplitter, writeAll } from "../../host/mod.ts";

/** QEMU's longest message, its greeting, has some hundred characters. What is longer is not QEMU's. */
const MAX_MESSAGE_LENGTH = 1024 * 1024;

/** What QEMU tells without being asked: `SHUTDOWN`, `GUEST_PANICKED`, `BLOCK_IO_ERROR` … */
export interface QmpEvent {
  /** The event's name. */
  readonly name: string;
  /** Its members, as they came. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** A command that waits for its answer. */
interface Pending {
  readonly resolve: () => void;
  readonly reject: (reason: Error) => void;
}

/**
 * QEMU's control protocol over one connection: a JSON object a line, as in QEMU's `docs/interop/qmp-spec.rst`.
 */
export class Qmp {
  /** Settles, and never rejects, when QEMU has closed the connection. */
  readonly closed: Promise<void>;
  /** Called with each event from now on. */
  onEvent: (event: QmpEvent) => void = () => {};
  readonly #conn: Deno.Conn;
  readonly #greeting = Promise.withResolvers<void>();
  /** QEMU answers in the order of the commands. */
  readonly #pending: Pending[] = [];
  #isClosed = false;

  private constructor(conn: Deno.Conn) {
    this.#conn = conn;
    this.closed = this.#receive();
  }

  /**
   * Takes the greeting and leaves the negotiation, so that commands and events work.
   *
   * @param conn The connection; it is closed when QEMU closes it.
   * @returns The protocol, ready for commands.
   * @throws {Deno.errors.ConnectionReset} If QEMU ends before that.
   */
  static async connect(conn: Deno.Conn): Promise<Qmp> {
    const qmp = new Qmp(conn);
    await qmp.#greeting.promise;
    await qmp.execute("qmp_capabilities");
    return qmp;
  }

  /**
   * Runs a command that takes nothing and answers nothing.
   *
   * @param command `cont`, `quit` …
   * @throws {Error} If QEMU refuses it.
   * @throws {Deno.errors.ConnectionReset} If QEMU ends before it answers.
   */
  async execute(command: string): Promise<void> {
    if (this.#isClosed) throw connectionReset();
    const answer = Promise.withResolvers<void>();
    this.#pending.push(answer);
    const bytes = new TextEncoder().encode(JSON.stringify({ execute: command }) + "\n");
    // A failure to write shows as the end of the connection, which rejects the answer.
    writeAll(this.#conn, bytes).catch(() => {});
    await answer.promise;
  }

  async #receive(): Promise<void> {
    try {
      const lines = new LineSplitter(MAX_MESSAGE_LENGTH);
      const buffer = new Uint8Array(16 * 1024);
      for (;;) {
        const length = await this.#conn.read(buffer);
        if (length === null) break;
        for (const line of lines.push(buffer.subarray(0, length))) this.#handle(JSON.parse(line));
      }
    } catch {
      // A reset connection and a line that is not JSON end it just as QEMU's own end does.
    }
    this.#isClosed = true;
    closeIfOpen(this.#conn);
    this.#greeting.reject(connectionReset());
    this.#greeting.promise.catch(() => {});
    for (const { reject } of this.#pending) reject(connectionReset());
  }

  #handle(message: Record<string, unknown>): void {
    if ("QMP" in message) {
      this.#greeting.resolve();
    } else if (typeof message.event === "string") {
      this.onEvent({ name: message.event, data: record(message.data) });
    } else if ("return" in message) {
      this.#pending.shift()?.resolve();
    } else if ("error" in message) {
      const { desc } = record(message.error);
      this.#pending.shift()?.reject(new Error(`QEMU refused a command: ${desc}`));
    }
  }
}

/** An object's members; none if it is not an object. */
function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function connectionReset(): Error {
  return new Deno.errors.ConnectionReset("QEMU closed its monitor");
}
