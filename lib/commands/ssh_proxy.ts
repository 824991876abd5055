import { authorizeKey } from "../guest/mod.ts";
import { writeAll } from "../host/mod.ts";
import { Interruption } from "./interruption.ts";
import { feedInput } from "./machine/feed_input.ts";
import { openGuest } from "./machine/open_guest.ts";
import { connectSshServer } from "./ssh/connect_ssh_server.ts";
import { machineKey } from "./ssh/machine_key.ts";

interface ProxyOptions {
  readonly user?: string | undefined;
  readonly port?: string | undefined;
}

/** `snapvm ssh-proxy`: what ssh talks to the guest's server through. */
export async function sshProxy({ user, port }: ProxyOptions, name: string): Promise<void> {
  using interruption = new Interruption();
  await using guest = await openGuest(name, () => interruption.signal);
  const { machine, connection } = guest;
  const key = await machineKey(machine.path, name);
  const [socket] = await Promise.all([
    connectSshServer(connection, name, { port, signal: interruption.signal }),
    authorizeKey(connection, { user: user ?? "root", key: key.line }),
  ]);
  void feedInput(socket).catch(() => {});
  interruption.signal.addEventListener("abort", () => socket.close());
  try {
    for (let bytes; (bytes = await socket.output.read()) !== undefined;) {
      await writeAll(Deno.stdout, bytes);
    }
  } catch {
    socket.close();
  }
}
