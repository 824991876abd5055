import { closeIfOpen, writeAll } from "../../host/mod.ts";
import type { ConnectInGuest, GuestConnection } from "./guest_connection.ts";

/** How much is read from a client at once, in bytes: as much as one frame may have. */
const READ_SIZE = 32_760;

/** A client that is connected to a guest. Disposing of it ends both sides. */
export interface ForwardedConnection extends Disposable {
  /** Settles, and never rejects, when both sides have ended. */
  readonly ended: Promise<void>;
}

/**
 * Connects a client of the host's to a port of the guest. Each half ends by itself; when one side fails, the other one is
 * ended.
 *
 * @param client The client.
 * @param connect Connects to the guest.
 * @param port The guest's port.
 * @returns The connection.
 */
export function forwardTcp(
  client: Deno.TcpConn,
  connect: ConnectInGuest,
  port: number,
): ForwardedConnection {
  let guest: GuestConnection | undefined;
  let isGivenUp = false;
  const giveUp = () => {
    isGivenUp = true;
    guest?.close();
    closeIfOpen(client);
  };
  const run = async (): Promise<void> => {
    client.setNoDelay();
    guest = await connectToPort(connect, port);
    if (isGivenUp) return guest.close();
    await Promise.all([send(client, guest), receive(guest, client)]);
  };
  return { ended: run().catch(() => {}).finally(giveUp), [Symbol.dispose]: giveUp };
}

/** A service may listen on either of the guest's loopback addresses alone. */
async function connectToPort(connect: ConnectInGuest, port: number): Promise<GuestConnection> {
  const first = connect(`tcp:127.0.0.1:${port}`);
  try {
    await first.opened;
    return first;
  } catch {
    first.close();
  }
  const second = connect(`tcp:[::1]:${port}`);
  try {
    await second.opened;
    return second;
  } catch (error) {
    second.close();
    throw error;
  }
}

async function send(client: Deno.TcpConn, guest: GuestConnection): Promise<void> {
  const writer = guest.writable.getWriter();
  const buffer = new Uint8Array(READ_SIZE);
  for (;;) {
    const length = await client.read(buffer);
    if (length === null) return await writer.close();
    await writer.write(buffer.slice(0, length));
  }
}

async function receive(guest: GuestConnection, client: Deno.TcpConn): Promise<void> {
  for await (const bytes of guest.readable) await writeAll(client, bytes);
  await client.closeWrite();
}
