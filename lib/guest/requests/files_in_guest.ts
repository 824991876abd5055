import type { AgentConnection } from "../connection/agent_connection.ts";
import { breach } from "../protocol/breach.ts";
import type { Bytes } from "../protocol/bytes.ts";
import { fieldOf } from "../protocol/fields.ts";

/** What is at a path of a guest. */
export interface GuestFileInfo {
  /** `file`, `directory`, `symlink`, `fifo`, `socket`, `block-device` or `character-device`. */
  readonly type: string;
  /** Its size in bytes. */
  readonly size: number;
  /** Its permission bits. */
  readonly mode: number;
  /** The number of its owner. */
  readonly uid: number;
  /** The number of its group. */
  readonly gid: number;
  /** Where a symbolic link leads. */
  readonly target: string | undefined;
}

/**
 * Looks at a path of a guest; a symbolic link is not followed.
 *
 * @throws {SnapvmError} `guest-refused` with `ENOENT` if there is nothing.
 */
export async function statInGuest(
  connection: AgentConnection,
  path: string,
): Promise<GuestFileInfo> {
  const fields = await connection.openStream([["stat"], ["path", path]]).result;
  const number = (name: string, radix = 10): number => {
    const text = fieldOf(fields, name) ?? "";
    const value = parseInt(text, radix);
    if (!/^\d{1,16}$/.test(text) || Number.isNaN(value)) {
      throw breach(`no ${name} of a file`);
    }
    return value;
  };
  return {
    type: fieldOf(fields, "type") ?? "",
    size: number("size"),
    mode: number("mode", 8),
    uid: number("uid"),
    gid: number("gid"),
    target: fieldOf(fields, "target"),
  };
}

/** The options of {@linkcode readTarInGuest}. */
export interface ReadTarInGuestOptions {
  /** The name that the path's own entry has in the archive; `.` by default. */
  readonly name?: string | undefined;
}

/**
 * Reads what is at a path of a guest.
 *
 * @returns A tar archive in the PAX format. It fails with `guest-refused` if the guest could not read everything.
 */
export function readTarInGuest(
  connection: AgentConnection,
  path: string,
  { name }: ReadTarInGuestOptions = {},
): ReadableStream<Bytes> {
  const stream = connection.openStream([
    ["tar-out"],
    ["path", path],
    ...name === undefined ? [] : [["name", name] as const],
  ]);
  const reader = stream.stdout.getReader();
  void stream.stderr.cancel();
  return new ReadableStream<Bytes>({
    async pull(controller) {
      const { done, value } = await reader.read();
      if (!done) return controller.enqueue(value);
      // Only its result says whether it is whole.
      await stream.result;
      controller.close();
    },
    cancel: () => stream.close(),
  }, { highWaterMark: 0 });
}

/** The options of {@linkcode writeTarInGuest}. */
export interface WriteTarInGuestOptions {
  /** The owner of everything, a user or `uid:gid`; kept without it. */
  readonly owner?: string | undefined;
  /** Whether what is in the way is replaced. */
  readonly replace?: boolean | undefined;
}

/**
 * Unpacks a tar archive in a folder of a guest.
 *
 * @param connection The connection to the guest's agent.
 * @param path The folder; it has to be there.
 * @param archive The archive.
 * @param options How it is unpacked.
 * @returns How many entries there were.
 * @throws {SnapvmError} `guest-refused` if the guest cannot unpack it.
 * @throws What the archive's source throws; the guest is told to give up then.
 */
export async function writeTarInGuest(
  connection: AgentConnection,
  path: string,
  archive: AsyncIterable<Bytes>,
  { owner, replace = false }: WriteTarInGuestOptions = {},
): Promise<number> {
  const stream = connection.openStream([
    ["tar-in"],
    ["path", path],
    ...owner === undefined ? [] : [["owner", owner] as const],
    ...replace ? [["replace", "1"] as const] : [],
  ]);
  const writer = stream.stdin.getWriter();
  writer.closed.catch(() => {});
  try {
    for await (const bytes of archive) await writer.write(bytes);
    await writer.close();
  } catch (error) {
    // If the guest reads no more, its result says why.
    if (error instanceof Deno.errors.BrokenPipe) await stream.result;
    stream.close();
    throw error;
  }
  const entries = fieldOf(await stream.result, "entries") ?? "";
  if (!/^\d{1,16}$/.test(entries)) throw breach("no number of entries");
  return Number(entries);
}
