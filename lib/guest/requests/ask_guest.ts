import type { AgentConnection } from "../connection/agent_connection.ts";
import type { Bytes } from "../protocol/bytes.ts";
import { breach } from "../protocol/breach.ts";
import { fieldOf, type Fields } from "../protocol/fields.ts";

/** A share to mount in a guest. */
export interface GuestMount {
  /** The filesystem by which the hypervisor offers it. */
  readonly type: "virtiofs" | "9p";
  /** Its name. */
  readonly tag: string;
  /** Where it is to be in the guest; the folder is made if there is none. */
  readonly path: string;
  /** Whether the guest may only read. */
  readonly readOnly?: boolean | undefined;
}

/** Mounts a share in a guest. */
export async function mountInGuest(connection: AgentConnection, mount: GuestMount): Promise<void> {
  await ask(connection, [
    ["mount"],
    ["type", mount.type],
    ["tag", mount.tag],
    ["path", mount.path],
    ...mount.readOnly ? [["read-only", "1"] as const] : [],
  ]);
}

/** Unmounts a path in a guest. */
export async function unmountInGuest(connection: AgentConnection, path: string): Promise<void> {
  await ask(connection, [["unmount"], ["path", path]]);
}

/** What a guest's clock is set to. */
export interface GuestClock {
  /** The time in milliseconds since 1970. */
  readonly time: number;
  /** By how many whole seconds it has to be off to be set; by default it always is. */
  readonly beyond?: number | undefined;
}

/** Sets a guest's clock. */
export async function setGuestClock(
  connection: AgentConnection,
  { time, beyond }: GuestClock,
): Promise<void> {
  await ask(connection, [
    ["clock"],
    ["time", (time / 1000).toFixed(3)],
    ...beyond === undefined ? [] : [["beyond", String(beyond)] as const],
  ]);
}

/** Adds bytes to the pool of a guest's random numbers. */
export async function addGuestEntropy(connection: AgentConnection, bytes: Bytes): Promise<void> {
  const stream = connection.openStream([["entropy"]]);
  const writer = stream.stdin.getWriter();
  writer.closed.catch(() => {});
  await writer.write(bytes).then(() => writer.close()).catch(() => {});
  await stream.result;
}

/** Who may log in to a guest with a key. */
export interface KeyAuthorization {
  /** The user, by name or number. */
  readonly user: string;
  /** A line for `authorized_keys`. */
  readonly key: string;
}

/** Adds a key to a user's `authorized_keys` in a guest, if it is not there. Returns the user's home. */
export async function authorizeKey(
  connection: AgentConnection,
  { user, key }: KeyAuthorization,
): Promise<string> {
  const fields = await ask(connection, [["authorize"], ["user", user], ["key", key]]);
  const home = fieldOf(fields, "home");
  if (home === undefined) throw breach("no home of a user");
  return home;
}

/** How a guest is to shut down. */
export interface GuestPower {
  /** What it does then. */
  readonly how: "off" | "reboot";
  /** Whether it only writes what is not on its disks yet, and does it at once. */
  readonly force?: boolean | undefined;
}

/** Asks a guest to power off or to reboot in its own way. It returns before that has happened. */
export async function powerGuest(
  connection: AgentConnection,
  { how, force = false }: GuestPower,
): Promise<void> {
  await ask(connection, [["power"], ["how", how], ...force ? [["force", "1"] as const] : []]);
}

async function ask(connection: AgentConnection, fields: Fields): Promise<Fields> {
  return await connection.openStream(fields).result;
}
