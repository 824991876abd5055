import { hasCode } from "../../error/mod.ts";
import {
  type AgentConnection,
  connectInGuest,
  startCommand,
  statInGuest,
} from "../../guest/mod.ts";
import { withDeadline } from "../../host/mod.ts";
import { CommandFailure, ExitStatus, StatusLine } from "../../ui/mod.ts";

/** Where an OpenSSH server of the guest may listen: systemd's own socket serves sshd without a network. */
const UNIX_SOCKET = "unix:/run/ssh-unix-local/socket";
const PORT = "22";

/** Where distributions put it. */
const SERVERS = ["/usr/sbin/sshd", "/usr/bin/sshd", "/usr/sbin/dropbear", "/usr/bin/dropbear"];

/** How systemd's units of a server are named. */
const UNITS = ["ssh", "sshd", "dropbear"].flatMap((name) => [`${name}.service`, `${name}.socket`]);

/** A unit that is about to be started, or just being started. */
const STARTING = /^(?:Job=[1-9]|ActiveState=(?:activating|reloading))/m;

/** How long a server may take from its start until it listens: not every one tells when it does, and hosts are busy. */
const GRACE_MS = 10_000;
/** As long as systemd gives a unit by default: one that fails may be started again without end. */
const LIMIT_MS = 90_000;
const PAUSE_MS = 200;

/** The longest answer of `systemctl` that is read. */
const MAX_ANSWER = 4096;

/** A connection to an address inside a guest. */
export type GuestSocket = ReturnType<typeof connectInGuest>;

/**
 * Connects to the guest's ssh server, and waits for it as long as it is about to start.
 *
 * @param connection The connection to the guest's agent.
 * @param machine The machine's name, for messages.
 * @param options The port, by default 22, and what ends the waiting with its reason.
 * @throws {CommandFailure} If there is none, or none that listens.
 */
export async function connectSshServer(
  connection: AgentConnection,
  machine: string,
  { port = PORT, signal }: { readonly port?: string | undefined; readonly signal: AbortSignal },
): Promise<GuestSocket> {
  const addresses = [
    `tcp:127.0.0.1:${port}`,
    `tcp:[::1]:${port}`,
    ...port === PORT ? [UNIX_SOCKET] : [],
  ];
  let program: string | undefined;
  const limit = performance.now() + LIMIT_MS;
  let end: number | undefined;
  let isStarting = false;
  using line = new StatusLine();
  do {
    for (const address of addresses) {
      const socket = connectInGuest(connection, address);
      try {
        await socket.opened;
        return socket;
      } catch (error) {
        socket.closed.catch(() => {});
        if (!hasCode(error, "guest-refused")) throw error;
      }
    }
    program ??= await findServer(connection);
    if (program === undefined) break;
    line.show(`${machine}: its ssh server starts`);
    const wasStarting = isStarting;
    isStarting = await isBeingStarted(connection);
    // It may have begun to listen after it was tried and before systemd was asked.
    if (end === undefined || wasStarting || isStarting) end = performance.now() + GRACE_MS;
    await withDeadline(new Promise((resolve) => setTimeout(resolve, PAUSE_MS)), { signal });
  } while (performance.now() < Math.min(end, limit));
  const why = program === undefined
    ? "its image has no ssh server"
    : `${program} is there, but nothing listens on port ${port}`;
  throw new CommandFailure(`Cannot reach ${machine} by ssh: ${why}`, {
    status: ExitStatus.notStarted,
    advice: `No server is needed for \`snapvm shell ${machine}\` and \`snapvm exec ${machine}\`.`,
  });
}

/** Whether systemd, if it is the init, is about to start a server. */
async function isBeingStarted(connection: AgentConnection): Promise<boolean> {
  const systemctl = startCommand(connection, {
    arguments: ["systemctl", "show", "--property=ActiveState,Job", ...UNITS],
  });
  try {
    void systemctl.stderr.cancel().catch(() => {});
    let answer = "";
    for await (const piece of systemctl.stdout.pipeThrough(new TextDecoderStream())) {
      answer += piece;
      if (answer.length > MAX_ANSWER) break;
    }
    return STARTING.test(answer);
  } catch (error) {
    if (!hasCode(error, "guest-refused")) throw error;
    return false;
  } finally {
    systemctl.abandon();
  }
}

async function findServer(connection: AgentConnection): Promise<string | undefined> {
  for (const path of SERVERS) {
    const found = await statInGuest(connection, path).catch((error) => {
      if (!hasCode(error, "guest-refused")) throw error;
    });
    if (found !== undefined) return path;
  }
  return undefined;
}
