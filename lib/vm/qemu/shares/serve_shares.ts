import { SnapvmError } from "../../../error/mod.ts";
import {
  describeProcessEnd,
  GuardedProcess,
  join,
  removeIfThere,
  statIfThere,
} from "../../../host/mod.ts";
import type { ShareSpecification } from "../../machine.ts";
import { findVirtiofsd, virtiofsdHost } from "./find_virtiofsd.ts";
import type { QemuShare } from "./qemu_share.ts";
import { virtiofsdCommand } from "./virtiofsd_command.ts";

/** How long a server may take until it listens, in milliseconds; it needs ten. */
const START_TIMEOUT_MS = 10_000;

/** How often to look for its socket, in milliseconds. */
const POLL_MS = 3;

/** What {@linkcode serveShares} needs besides the shares. */
export interface ServeSharesOptions {
  /** The folder for the servers' sockets. */
  readonly runtime: string;
  /** The server to use, if there is a choice. */
  readonly virtiofsd: string | undefined;
  /** Ends the start when it aborts. */
  readonly signal: AbortSignal | undefined;
  /** Called if a share has to do without virtiofs. */
  readonly onNotice: ((notice: string) => void) | undefined;
  /** Called with each server's command line before it runs. */
  readonly onCommand: ((command: readonly string[]) => void) | undefined;
}

/** Shares that are served. */
export interface ServedShares {
  /** The shares, for QEMU. */
  readonly shares: readonly QemuShare[];
  /** Ends the servers and waits until they are gone. */
  end(): Promise<void>;
}

/**
 * Starts a virtiofsd for each share, as far as there is one that can serve it. QEMU itself serves the others by 9p.
 *
 * @param shares The shares.
 * @param options Where the sockets are.
 * @returns The shares, served until {@linkcode ServedShares.end}.
 * @throws {SnapvmError} `machine-start-failed` if a server does not start.
 */
export async function serveShares(
  shares: readonly ShareSpecification[],
  options: ServeSharesOptions,
): Promise<ServedShares> {
  const servers: Server[] = [];
  const end = async () => void await Promise.all(servers.map((server) => server.end()));
  const { runtime, signal, onNotice, onCommand } = options;
  const found = await findVirtiofsd(virtiofsdHost(options.virtiofsd));
  if ("missing" in found) {
    onNotice?.(`folders are shared by 9p, which is slower: ${found.missing}`);
    return { shares: shares.map((share) => ({ ...share, type: "9p" })), end };
  }
  try {
    const served = await Promise.all(shares.map(async (share, index): Promise<QemuShare> => {
      const socket = join(runtime, `share${index}`);
      const command = virtiofsdCommand(found.virtiofsd, share, socket);
      if (command === undefined) {
        onNotice?.(
          `${share.source} is shared by 9p, which is slower: ` +
            `${found.virtiofsd.program} cannot share it read only`,
        );
        return { ...share, type: "9p" };
      }
      onCommand?.(command);
      signal?.throwIfAborted();
      const server = new Server(command, socket);
      servers.push(server);
      await server.listening(share.source, signal);
      return { ...share, type: "virtiofs", socket };
    }));
    return { shares: served, end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** A virtiofsd. It ends by itself when QEMU closes the connection. */
class Server {
  readonly #process: GuardedProcess;
  readonly #socket: string;

  constructor([program, ...args]: readonly [string, ...string[]], socket: string) {
    this.#process = new GuardedProcess(program, args);
    this.#socket = socket;
  }

  /** Waits until the server has its socket. */
  async listening(source: string, signal: AbortSignal | undefined): Promise<void> {
    let why: string | undefined;
    this.#process.ended.then((end) => why = describeProcessEnd(end));
    const limit = performance.now() + START_TIMEOUT_MS;
    while (await statIfThere(this.#socket) === undefined) {
      signal?.throwIfAborted();
      if (performance.now() > limit) {
        why ??= `virtiofsd did not listen within ${START_TIMEOUT_MS / 1000} seconds`;
      }
      if (why !== undefined) {
        throw new SnapvmError("machine-start-failed", `Cannot share ${source}: ${why}`, {
          data: {},
        });
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    // The server of QEMU 7 makes a lock named after its socket, which nobody else has, and leaves it behind.
    await removeIfThere(`/run/virtiofsd/${this.#socket.replaceAll("/", ".")}.pid`).catch(() => {});
  }

  async end(): Promise<void> {
    this.#process.kill();
    await this.#process.ended;
  }
}
