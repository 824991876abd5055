import { startCommand } from "../guest/mod.ts";
import { hasCode } from "../error/mod.ts";
import { join, LineSplitter, snapvmHome } from "../host/mod.ts";
import {
  CommandFailure,
  ExitStatus,
  print,
  printable,
  type SyncWriter,
  withStatus,
} from "../ui/mod.ts";
import { connectMachine, findMachine, type MachineListing } from "../machines/mod.ts";
import { Interruption } from "./interruption.ts";
import { openGuest } from "./machine/open_guest.ts";
import { openIfThere } from "./machine/open_if_there.ts";
import { tailSize } from "./machine/tail_size.ts";

interface LogsOptions {
  readonly follow?: true | undefined;
  readonly journal?: true | undefined;
  readonly lines?: number | undefined;
  readonly debug?: true | undefined;
}

/** How much of a file is read at once, in bytes. */
const READ_SIZE = 64 * 1024;
/** As much as is kept of a console. */
const ALL = 32 * 2 ** 20;
/** Longer lines are shown in pieces. */
const MAX_LINE_LENGTH = 64 * 1024;

const LINE_FEED = 0x0a;

/** What `Ctrl-C` is for a process. */
const SIGINT = 2;

/** `snapvm logs`. */
export async function logs(options: LogsOptions, name: string): Promise<void> {
  if (options.journal) return await showJournal(options, name);
  const machine = await findMachine(snapvmHome(), name);
  const path = join(machine.path, "console.log");
  const size = options.lines === undefined ? ALL : await tailSize(path, options.lines);
  const runs = machine.state === "running" || machine.state === "stopping";
  if (options.follow && runs) await followConsole(machine, size);
  else await showFile(path, size);
}

/** The guest's own journal, by its own program. */
async function showJournal({ follow, lines }: LogsOptions, name: string): Promise<void> {
  using interruption = new Interruption();
  await using guest = await openGuest(name, () => interruption.signal).catch((error) => {
    throw withStatus(error, ExitStatus.notStarted);
  });
  const process = startCommand(guest.connection, {
    arguments: [
      "journalctl",
      "-b",
      "--no-pager",
      ...follow ? ["-f"] : [],
      ...lines === undefined ? follow ? ["-n", "all"] : [] : ["-n", String(lines)],
    ],
  });
  const interrupt = () => void process.signal(SIGINT);
  interruption.signal.addEventListener("abort", interrupt);
  await process.started.catch((cause) => {
    if (!hasCode(cause, "guest-refused") || cause.data.step !== "program") throw cause;
    throw new CommandFailure(`Cannot show the journal of ${name}: its guest has no journalctl`, {
      status: ExitStatus.failure,
      advice: `Show what it has printed on its console instead: snapvm logs ${name}.`,
    });
  });
  const [exit] = await Promise.all([
    process.exit,
    process.stdin.close().catch(() => {}),
    showStream(process.stdout, Deno.stdout),
    showStream(process.stderr, Deno.stderr),
  ]).catch((error) => {
    process.abandon();
    throw error;
  });
  interruption.signal.throwIfAborted();
  Deno.exitCode = "signal" in exit ? 128 + exit.signal : exit.status;
}

async function showStream(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  target: SyncWriter & { isTerminal(): boolean },
): Promise<void> {
  const show = new GuestText(target);
  for await (const bytes of stream) show.push(bytes);
  show.end();
}

async function showFile(path: string, size: number): Promise<void> {
  using file = await openIfThere(path);
  if (file === undefined) return;
  await file.seek(Math.max(0, (await file.stat()).size - size), Deno.SeekMode.Start);
  const show = new GuestText(Deno.stdout);
  const buffer = new Uint8Array(READ_SIZE);
  for (let length; (length = await file.read(buffer)) !== null;) {
    show.push(buffer.subarray(0, length));
  }
  show.end();
}

async function followConsole(machine: MachineListing, replay: number): Promise<void> {
  using interruption = new Interruption();
  await using client = await connectMachine(machine);
  await using watch = client.console({ replay });
  const show = new GuestText(Deno.stdout);
  const reader = watch.readable.getReader();
  const stop = () => void reader.cancel().catch(() => {});
  interruption.signal.addEventListener("abort", stop);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      show.push(value);
    }
  } catch (error) {
    if (!hasCode(error, "agent-lost")) throw error;
  }
  show.end();
  interruption.signal.throwIfAborted();
}

/** Shows a guest's text: as it is, or on a terminal line by line without the guest's control characters. */
class GuestText {
  readonly #target: SyncWriter;
  readonly #lines: LineSplitter | undefined;

  constructor(target: SyncWriter & { isTerminal(): boolean }) {
    this.#target = target;
    if (target.isTerminal()) this.#lines = new LineSplitter(MAX_LINE_LENGTH);
  }

  push(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#lines === undefined) return print(bytes, this.#target);
    for (const line of this.#lines.push(bytes)) this.#show(line);
  }

  end(): void {
    for (const line of this.#lines?.push(new Uint8Array([LINE_FEED])) ?? []) {
      if (line !== "") this.#show(line);
    }
  }

  #show(line: string): void {
    // deno-lint-ignore no-control-regex
    const text = line.replaceAll(/\x1b\[[0-9;?]*[A-Za-z]/g, "").replace(/\r+$/, "");
    print(`${printable(text)}\n`, this.#target);
  }
}
