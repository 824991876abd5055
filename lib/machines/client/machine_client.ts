import type { AgentConnection } from "../../guest/mod.ts";
import type { MachineStatus } from "../machine_status.ts";

/** What of a machine's console {@linkcode MachineClient.console} is asked for. */
export interface WatchConsoleOptions {
  /** How many bytes of what it has shown come first. Default: 0. */
  readonly replay?: number;
  /** Whether something will be typed. Default: false. */
  readonly input?: boolean;
}

/** A watcher of a machine's console. */
export interface ConsoleWatch extends AsyncDisposable {
  /** What it shows, until the machine ends. */
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** What is typed. Closing it closes nothing in the guest. */
  readonly writable: WritableStream<Uint8Array<ArrayBuffer>>;
}

/** A connection to the supervisor of a machine that runs. Disposing of it disturbs nobody else. */
export interface MachineClient extends AsyncDisposable {
  /** The machine's name. */
  readonly name: string;
  /**
   * The guest's agent, as if it were connected to directly; the supervisor answers `hello` itself. Streams that are opened
   * before the agent has answered wait until it does.
   */
  readonly connection: AgentConnection;
  /** What the supervisor says of the machine now. */
  status(): Promise<MachineStatus>;
  /** What it says now and after each change, until the machine has ended; the last one says how. */
  followStatus(): AsyncIterable<MachineStatus>;
  /** Watches the console. */
  console(options?: WatchConsoleOptions): ConsoleWatch;
  /**
   * Asks the guest to power off, and ends the machine if it has not within `timeout` milliseconds.
   *
   * @returns How it ended: a `MachineEnd`'s reason.
   */
  stop(timeout: number): Promise<string>;
  /** Ends the machine at once. Returns how it ended. */
  kill(): Promise<string>;
}
