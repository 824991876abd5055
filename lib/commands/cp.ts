import { hasCode, reasonOf } from "../error/mod.ts";
import {
  type AgentConnection,
  type GuestFileInfo,
  readTarInGuest,
  statInGuest,
  writeTarInGuest,
} from "../guest/mod.ts";
import { basename, dirname, PartialOutput, resolve, statIfThere } from "../host/mod.ts";
import {
  CommandFailure,
  ExitStatus,
  formatSize,
  paint,
  print,
  printable,
  StatusLine,
} from "../ui/mod.ts";
import { type CopyOperand, parseCopyOperand } from "./copy/parse_copy_operand.ts";
import { type CopyDestination, isContents, nameOf, placeOfCopy } from "./copy/place_of_copy.ts";
import { Interruption } from "./interruption.ts";
import { openGuest } from "./machine/open_guest.ts";

interface CopyOptions {
  readonly archive?: true | undefined;
  readonly followLink?: true | undefined;
  readonly quiet?: true | undefined;
}

type Guest = Extract<CopyOperand, { kind: "guest" }>;

/** The links that a path may lead through, as in the kernel. */
const MAX_LINKS = 40;

/** `snapvm cp`. */
export async function cp(options: CopyOptions, from: string, to: string): Promise<void> {
  const source = parseCopyOperand(from);
  const destination = parseCopyOperand(to);
  if (source.kind === "guest" && destination.kind !== "guest") {
    return await copyOut(options, source, destination);
  }
  if (source.kind !== "guest" && destination.kind === "guest") {
    return await copyIn(options, source, destination);
  }
  throw new CommandFailure(
    "Cannot copy: one of the two is a path in a machine, NAME:PATH, and the other is not",
    {
      status: ExitStatus.usage,
      advice: "Copy to this machine first, or through a pipe: snapvm cp a:/x - | snapvm cp - b:/y",
    },
  );
}

async function copyOut(
  options: CopyOptions,
  { machine, path: given }: Guest,
  destination: Exclude<CopyOperand, Guest>,
): Promise<void> {
  if (destination.kind === "stream" && Deno.stdout.isTerminal()) {
    throw new CommandFailure("Cannot write a tar archive to a terminal", {
      status: ExitStatus.usage,
      advice: `Send it into a file or a program: snapvm cp ${machine}:${given} - | tar -t`,
    });
  }
  using interruption = new Interruption();
  await using guest = await openGuest(machine, () => interruption.signal);
  const { connection } = guest;
  const { signal } = interruption;
  const { path, info } = await findSource(connection, given, options.followLink === true)
    .catch((error) => {
      if (!hasCode(error, "guest-refused")) throw error;
      throw new CommandFailure(
        `Cannot copy ${machine}:${printable(given)}: ${printable(error.data.error)}`,
        { status: ExitStatus.failure },
      );
    });
  const isFolder = info.type === "directory";
  using progress = new Progress(options, `${machine}:${given}`);
  if (destination.kind === "stream") {
    const name = nameOf(path) || ".";
    for await (const bytes of readTarInGuest(connection, path, { name })) {
      signal.throwIfAborted();
      print(bytes);
      progress.add(bytes.length);
    }
    return;
  }
  const { unpackTree } = await import(
    import.meta.resolve("./copy/unpack_tree.ts")
  ) as typeof import("./copy/unpack_tree.ts");
  const target = await hostDestination(destination.path);
  const source = { name: nameOf(path), isFolder, isContents: isFolder && isContents(given) };
  const place = resolve(placeOfCopy(source, target));
  const name = basename(place);
  const archive = readTarInGuest(connection, path, { name });
  const unpack = (where: string) =>
    unpackTree(untilAborted(archive, signal), name, where, {
      keepOwners: options.archive === true,
      onProblem: (path, why, isLoss) => progress.warn(path, why, isLoss),
      onBytes: (count) => progress.add(count),
    });
  const existing = await statIfThere(place);
  if (existing?.isDirectory) {
    if (isFolder) return await unpack(place);
    throw new CommandFailure(`Cannot copy a file to ${printable(place)}: it is a folder`, {
      status: ExitStatus.failure,
    });
  }
  if (info.type !== "file" && !isFolder) return await unpack(place);
  await using output = await PartialOutput.begin(place);
  await unpack(output.path);
  await output.commit();
}

async function copyIn(
  options: CopyOptions,
  source: Exclude<CopyOperand, Guest>,
  { machine, path }: Guest,
): Promise<void> {
  using interruption = new Interruption();
  await using guest = await openGuest(machine, () => interruption.signal);
  const { connection } = guest;
  const { signal } = interruption;
  const target = await guestDestination(connection, path);
  using progress = new Progress(options, `${machine}:${path}`);
  if (source.kind === "stream") {
    if (target.there !== "folder") {
      throw new CommandFailure(
        `Cannot unpack an archive at ${machine}:${printable(path)}: there is no such folder`,
        { status: ExitStatus.failure },
      );
    }
    const archive = counted(Deno.stdin.readable, (count) => progress.add(count));
    const { repackArchive } = await import(
      import.meta.resolve("./copy/repack_archive.ts")
    ) as typeof import("./copy/repack_archive.ts");
    const repacked = repackArchive(untilAborted(archive, signal));
    await writeTarInGuest(connection, target.path, repacked, {});
    return;
  }
  const follow = options.followLink === true || source.path.endsWith("/");
  const info = await (follow ? Deno.stat : Deno.lstat)(source.path).catch((error) => {
    throw new CommandFailure(`Cannot copy ${printable(source.path)}: ${reasonOf(error)}`, {
      status: ExitStatus.failure,
      cause: error,
    });
  });
  const isFolder = info.isDirectory;
  const place = placeOfCopy({
    name: nameOf(resolve(source.path)),
    isFolder,
    isContents: isFolder && isContents(source.path),
  }, target);
  const isInPlace = isFolder && target.there === "folder" &&
    place === (target.path.replace(/\/+\.?$/, "") || "/");
  const { packTree } = await import(
    import.meta.resolve("./copy/pack_tree.ts")
  ) as typeof import("./copy/pack_tree.ts");
  const archive = packTree(source.path, {
    name: isInPlace ? "." : basename(place),
    follow,
    onProblem: (path, why) => progress.warn(path, why, true),
    onBytes: (count) => progress.add(count),
  });
  await writeTarInGuest(
    connection,
    isInPlace ? place : dirname(place),
    untilAborted(archive, signal),
    options.archive ? {} : { owner: "0:0" },
  );
}

/** What is at a path of the guest, and where a link leads if it is to be followed. */
async function findSource(
  connection: AgentConnection,
  given: string,
  follow: boolean,
): Promise<{ path: string; info: GuestFileInfo }> {
  let path = given;
  for (let links = 0; links < MAX_LINKS; links++) {
    const info = await statInGuest(connection, path);
    if (!follow || info.type !== "symlink" || info.target === undefined) return { path, info };
    path = info.target.startsWith("/") ? info.target : `${dirname(path)}/${info.target}`;
  }
  throw new CommandFailure(`Cannot copy ${printable(given)}: it leads through too many links`, {
    status: ExitStatus.failure,
  });
}

async function guestDestination(
  connection: AgentConnection,
  path: string,
): Promise<CopyDestination> {
  try {
    const { path: found, info } = await findSource(connection, path, true);
    return { path: found, there: info.type === "directory" ? "folder" : "other" };
  } catch (error) {
    if (!hasCode(error, "guest-refused")) throw error;
    if (error.data.errno === "ENOENT") return { path, there: "nothing" };
    if (error.data.errno === "ENOTDIR") return { path, there: "other" };
    throw error;
  }
}

async function hostDestination(path: string): Promise<CopyDestination> {
  const info = await statIfThere(path);
  const there = info === undefined ? "nothing" : info.isDirectory ? "folder" : "other";
  return { path: path === "." ? "./" : path, there };
}

async function* untilAborted<T>(items: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  for await (const item of items) {
    signal.throwIfAborted();
    yield item;
  }
}

async function* counted(
  pieces: AsyncIterable<Uint8Array<ArrayBuffer>>,
  add: (count: number) => void,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for await (const piece of pieces) {
    add(piece.length);
    yield piece;
  }
}

/** Says how much has been copied, and what could not be. */
class Progress implements Disposable {
  readonly #line = new StatusLine();
  readonly #name: string;
  readonly #quiet: boolean;
  #bytes = 0;
  #shown = performance.now();

  constructor({ quiet }: CopyOptions, name: string) {
    this.#quiet = quiet === true;
    this.#name = printable(name);
  }

  add(count: number): void {
    this.#bytes += count;
    if (this.#quiet || performance.now() - this.#shown < 500) return;
    this.#shown = performance.now();
    this.#line.show(`${this.#name}: ${formatSize(this.#bytes)}`);
  }

  warn(path: string, why: string, isLoss: boolean): void {
    this.#line.clear();
    print(
      `${paint("warning:", "yellow")} ${printable(path)}: left out: ${printable(why)}\n`,
      Deno.stderr,
    );
    if (isLoss) Deno.exitCode = ExitStatus.failure;
  }

  [Symbol.dispose](): void {
    this.#line.clear();
  }
}
