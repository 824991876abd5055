import { hasCode, SnapvmError } from "../../error/mod.ts";
import { AgentConnection, type AgentStream, fieldOf, type Fields } from "../../guest/mod.ts";
import { closeIfOpen, join, LineSplitter } from "../../host/mod.ts";
import type { MachineListing } from "../machine_listing.ts";
import { type MachineStatus, parseMachineStatus } from "../machine_status.ts";
import { runtimeFolder } from "../runtime_folder.ts";
import { ConnChannel } from "./conn_channel.ts";
import { CONTROL_SOCKET } from "./control_socket.ts";
import type { ConsoleWatch, MachineClient, WatchConsoleOptions } from "./machine_client.ts";

/** The longest status, in characters. */
const MAX_STATUS = 4 * 2 ** 20;

/** What `connectMachine()` does. */
export async function connectToSupervisor(machine: MachineListing): Promise<MachineClient> {
  const { name, path, state } = machine;
  if (state === "stopped" || state === "damaged") throw notRunning(name);
  const runtime = await runtimeFolder(path);
  if (runtime === undefined) {
    // It has just been started, or has just ended.
    throw state === "starting" ? lost(name, "it is still starting") : notRunning(name);
  }
  let conn: Deno.Conn;
  try {
    conn = await Deno.connect({ transport: "unix", path: join(runtime, CONTROL_SOCKET) });
  } catch (cause) {
    throw lost(name, cause instanceof Error ? cause.message : String(cause), cause);
  }
  return new SupervisorConnection(name, conn);
}

/** Takes over a connection to the supervisor of a machine. */
export function takeConnection({ name, state }: MachineListing, conn: Deno.Conn): MachineClient {
  if (state !== "stopped" && state !== "damaged") return new SupervisorConnection(name, conn);
  closeIfOpen(conn);
  throw notRunning(name);
}

/** A client's end of a machine's control socket. */
class SupervisorConnection implements MachineClient {
  readonly name: string;
  readonly connection: AgentConnection;

  constructor(name: string, conn: Deno.Conn) {
    this.name = name;
    this.connection = new AgentConnection(new ConnChannel(conn));
    // The socket is read to its end, and closed then.
    void this.connection.ended.then(() => closeIfOpen(conn));
  }

  async status(): Promise<MachineStatus> {
    for await (const status of this.#statuses([["machine-status"]])) return status;
    throw lost(this.name, "it said nothing");
  }

  followStatus(): AsyncIterable<MachineStatus> {
    return this.#statuses([["machine-status"], ["follow", "1"]]);
  }

  console({ replay = 0, input = false }: WatchConsoleOptions = {}): ConsoleWatch {
    const stream = this.#open([
      ["machine-console"],
      ["replay", String(Math.floor(replay))],
      ...input ? [["input", "1"] as const] : [],
    ]);
    return {
      readable: stream.stdout,
      writable: stream.stdin,
      [Symbol.asyncDispose]: async () => {
        stream.close();
        await stream.result.catch(() => {});
      },
    };
  }

  stop(timeout: number): Promise<string> {
    return this.#reason([["machine-stop"], ["timeout", String(Math.max(0, timeout) / 1000)]]);
  }

  kill(): Promise<string> {
    return this.#reason([["machine-kill"]]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.connection[Symbol.asyncDispose]();
  }

  #open(fields: Fields): AgentStream {
    const stream = this.connection.openStream(fields);
    stream.errorOutput.cancel();
    return stream;
  }

  async #reason(fields: Fields): Promise<string> {
    const stream = this.#open(fields);
    stream.output.cancel();
    const result = await stream.result.catch((error) => this.#fail(error));
    return fieldOf(result, "reason") ?? "";
  }

  async *#statuses(fields: Fields): AsyncGenerator<MachineStatus, void> {
    const stream = this.#open(fields);
    const splitter = new LineSplitter(MAX_STATUS);
    try {
      for (let bytes; (bytes = await stream.output.read()) !== undefined;) {
        for (const line of splitter.push(bytes)) yield this.#parse(line);
      }
      await stream.result;
    } catch (error) {
      this.#fail(error);
    } finally {
      stream.close();
    }
  }

  #parse(line: string): MachineStatus {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      // It is not a status then, either.
    }
    const status = parseMachineStatus(value);
    if (status === undefined) throw lost(this.name, "what it said makes no sense");
    return status;
  }

  #fail(error: unknown): never {
    if (!hasCode(error, "agent-lost")) throw error;
    throw lost(this.name, "it has ended", error);
  }
}

function notRunning(name: string): SnapvmError {
  return new SnapvmError(
    "machine-not-running",
    `Cannot reach the machine ${name}: it does not run`,
    {
      data: { name },
    },
  );
}

function lost(name: string, why: string, cause?: unknown): SnapvmError {
  return new SnapvmError("supervisor-lost", `Cannot reach the supervisor of ${name}: ${why}`, {
    data: { name },
    cause,
  });
}
