import { hasCode } from "../../error/mod.ts";
import { type AgentConnection, connectInGuest, statInGuest } from "../../guest/mod.ts";
import { CommandFailure, ExitStatus, StatusLine } from "../../ui/mod.ts";

/** Where an OpenSSH server of the guest may listen: systemd's own socket serves sshd without a network. */
const UNIX_SOCKET = "unix:/run/ssh-unix-local/socket";
const PORT = "22";

/** Where distributions put it. */
const SERVERS = ["/usr/sbin/sshd", "/usr/bin/sshd", "/usr/sbin/dropbear", "/usr/bin/dropbear"];

/** How long a server that is there may take to listen: on a slow host a guest counts as ready before it does. */
const PATIENCE_MS = 20_000;
const PAUSE_MS = 200;

/** A connection to an address inside a guest. */
export type GuestSocket = ReturnType<typeof connectInGuest>;

/**
 * Connects to the guest's ssh server.
 *
 * @throws {CommandFailure} If there is none, or none that listens.
 */
export async function connectSshServer(
  connection: AgentConnection,
  machine: string,
  port = PORT,
): Promise<GuestSocket> {
  const addresses = [
    `tcp:127.0.0.1:${port}`,
    `tcp:[::1]:${port}`,
    ...port === PORT ? [UNIX_SOCKET] : [],
  ];
  let program: string | undefined;
  const end = performance.now() + PATIENCE_MS;
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
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  } while (performance.now() < end);
  const why = program === undefined
    ? "its image has no ssh server"
    : `${program} is there, but nothing listens on port ${port}`;
  throw new CommandFailure(`Cannot reach ${machine} by ssh: ${why}`, {
    status: ExitStatus.notStarted,
    advice: `No server is needed for \`snapvm shell ${machine}\` and \`snapvm exec ${machine}\`.`,
  });
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
