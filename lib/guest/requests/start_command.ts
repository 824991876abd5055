import type { AgentConnection } from "../connection/agent_connection.ts";
import type { GuestOutput } from "../connection/guest_output.ts";
import { breach } from "../protocol/breach.ts";
import type { Bytes } from "../protocol/bytes.ts";
import { fieldOf, type Fields } from "../protocol/fields.ts";

/** How large a terminal is. */
export interface TerminalSize {
  /** Its columns. */
  readonly columns: number;
  /** Its rows. */
  readonly rows: number;
}

/** A command to start in a guest. */
export interface GuestCommandOptions {
  /** The program, by name or path, and its arguments; absent if `login` is set. No shell reads them. */
  readonly arguments?: readonly string[] | undefined;
  /** Environment variables, in addition to `HOME`, `PATH`, `USER`, `LOGNAME`, `SHELL` and `TERM` or instead of them. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** The folder that it starts in; by default the user's home. */
  readonly folder?: string | undefined;
  /** The user, by name or number, `:group` may follow; by default root. */
  readonly user?: string | undefined;
  /** The size of the terminal that it gets; without it, it gets none. */
  readonly terminal?: TerminalSize | undefined;
  /** Whether it is the user's own shell, as a login. */
  readonly login?: boolean | undefined;
}

/** How a process in a guest ended: by itself, or by a signal. */
export type GuestExit = { readonly status: number } | { readonly signal: number };

/** A process in a guest. None of its promises has to be watched. */
export interface GuestProcess {
  /** Settles when the process runs; rejects with `guest-refused` if it cannot be started. */
  readonly started: Promise<void>;
  /** Its input; closing it is the end of file. It fails with `Deno.errors.BrokenPipe` when nobody reads it any more. */
  readonly stdin: WritableStream<Bytes>;
  /** What it writes, or what its terminal shows. It must be read or cancelled, or the process waits. */
  readonly stdout: ReadableStream<Bytes>;
  /** What it writes to its error output. It must be read or cancelled, or the process waits. */
  readonly stderr: ReadableStream<Bytes>;
  /** How it ended, once all that it had written is on its way. Rejects with `guest-refused`, `agent-lost` and the like. */
  readonly exit: Promise<GuestExit>;
  /** Says how large its terminal is now. */
  resize(columns: number, rows: number): void;
  /** Sends it a signal, by the number that it has in Linux. */
  signal(number: number): void;
  /** Ends it, and everything that it has started. */
  abandon(): void;
}

/**
 * A process in a guest, and what can be done with it without the platform's streams: a program that uses them nowhere
 * starts sooner.
 */
export interface StartedCommand extends GuestProcess {
  /** `stdout`, without a stream. */
  readonly output: GuestOutput;
  /** `stderr`, without a stream. */
  readonly errorOutput: GuestOutput;
  /** Writes to its input. Fails with `Deno.errors.BrokenPipe` when nobody reads it any more. */
  write(bytes: Bytes): Promise<void>;
  /** Ends its input. */
  endInput(): void;
}

/**
 * Starts a command in a guest.
 *
 * @param connection The connection to the guest's agent.
 * @param command What is started, and how.
 * @returns The process; it may not run yet.
 */
export function startCommand(
  connection: AgentConnection,
  command: GuestCommandOptions,
): StartedCommand {
  const { folder, user, terminal, login = false } = command;
  const stream = connection.openStream([
    ["command"],
    ...(command.arguments ?? []).map((word) => ["argument", word] as const),
    ...Object.entries(command.environment ?? {})
      .map(([name, value]) => ["variable", `${name}=${value}`] as const),
    ...folder === undefined ? [] : [["folder", folder] as const],
    ...user === undefined ? [] : [["user", user] as const],
    ...terminal === undefined
      ? []
      : [["terminal", `${terminal.columns}x${terminal.rows}`] as const],
    ...login ? [["login", "1"] as const] : [],
  ]);
  const exit = stream.result.then(readExit);
  const started = stream.opened.then(() => {});
  exit.catch(() => {});
  started.catch(() => {});
  return {
    started,
    get stdin() {
      return stream.stdin;
    },
    get stdout() {
      return stream.stdout;
    },
    get stderr() {
      return stream.stderr;
    },
    output: stream.output,
    errorOutput: stream.errorOutput,
    write: (bytes) => stream.write(bytes),
    endInput: () => stream.endInput(),
    exit,
    resize: (columns, rows) => stream.resize(columns, rows),
    signal: (number) => stream.signal(number),
    abandon: () => stream.close(),
  };
}

function readExit(fields: Fields): GuestExit {
  const [status, signal] = [fieldOf(fields, "status"), fieldOf(fields, "signal")];
  if (status !== undefined && /^\d{1,3}$/.test(status)) return { status: Number(status) };
  if (signal !== undefined && /^\d{1,3}$/.test(signal)) return { signal: Number(signal) };
  throw breach("a command's end without a status");
}
