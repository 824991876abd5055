import type { MachineStatus } from "../../machines/mod.ts";
import type { ConsoleHub } from "./console_hub.ts";
import type { OwnStream, OwnStreams } from "./own_stream.ts";

/** How long a guest has to power off if nothing else is said, in milliseconds. */
export const STOP_TIMEOUT_MS = 10_000;

/** What the streams are answered from. */
export interface Supervised {
  /** What is said of the machine. */
  readonly status: MachineStatus;
  /** The console. */
  readonly console: ConsoleHub;
  /** Follows the status. */
  followStatus(follower: (status: MachineStatus) => void): Disposable;
  /** Asks the guest to power off, then insists. */
  stop(timeout: number): Promise<{ readonly reason: string }>;
  /** Ends the machine at once. */
  kill(): Promise<{ readonly reason: string }>;
}

/** The streams that a supervisor answers itself. */
export function ownStreams(supervised: Supervised): OwnStreams {
  return {
    "machine-status": async (stream, fields) => {
      stream.opened();
      const isFollowed = fields.some(([name, value]) => name === "follow" && value === "1");
      if (isFollowed) await followStatus(stream, supervised);
      else await stream.write(line(supervised.status));
      return [];
    },
    "machine-console": async (stream, fields) => {
      const replay = numberOf(fields, "replay") ?? 0;
      if (fields.some(([name, value]) => name === "input" && value === "1")) {
        stream.onInput((bytes) => supervised.console.type(bytes));
      }
      stream.opened();
      using watcher = supervised.console.watch(replay);
      stream.signal.addEventListener("abort", () => watcher[Symbol.dispose]());
      // What is not taken yet is not read: where there is room again, the newest of it may be lost.
      for (let limit; (limit = await stream.room()) > 0;) {
        const bytes = await watcher.read(limit);
        if (bytes === undefined) break;
        await stream.write(bytes);
      }
      return [];
    },
    "machine-stop": async (stream, fields) => {
      stream.opened();
      const seconds = numberOf(fields, "timeout");
      const timeout = seconds === undefined ? STOP_TIMEOUT_MS : seconds * 1000;
      const { reason } = await supervised.stop(timeout);
      return [["reason", reason]];
    },
    "machine-kill": async (stream) => {
      stream.opened();
      const { reason } = await supervised.kill();
      return [["reason", reason]];
    },
  };
}

/** Sends each status; who is slow gets the newest, and always the last. */
async function followStatus(stream: OwnStream, supervised: Supervised): Promise<void> {
  let news = Promise.withResolvers<void>();
  using _following = supervised.followStatus(() => news.resolve());
  stream.signal.addEventListener("abort", () => news.resolve());
  while (!stream.signal.aborted) {
    const { status } = supervised;
    await stream.write(line(status));
    if (status.state === "stopped") return;
    if (supervised.status !== status) continue;
    await news.promise;
    news = Promise.withResolvers();
  }
}

function line(status: MachineStatus): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${JSON.stringify(status)}\n`);
}

function numberOf(
  fields: readonly (readonly [name: string, value?: string])[],
  name: string,
): number | undefined {
  const text = fields.find((field) => field[0] === name)?.[1];
  if (text === undefined || !/^\d+(?:\.\d+)?$/.test(text)) return undefined;
  return Number(text);
}
