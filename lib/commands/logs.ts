import { startCommand } from "../guest/mod.ts";
import { hasCode } from "../error/mod.ts";
import { join, LineSplitter, readAt, snapvmHome } from "../host/mod.ts";
import { ExitStatus, print, printable, withStatus } from "../ui/mod.ts";
import { connectMachine, findMachine, type MachineListing } from "../vm/mod.ts";
import { Interruption } from "./interruption.ts";
import { openGuest } from "./machine/open_guest.ts";
import { runProcess } from "./machine/run_process.ts";

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

/** `snapvm logs`. */
export async function logs(options: LogsOptions, name: string): Promise<void> {
  if (options.journal) return await showJournal(options, name);
  const machine = await findMachine(snapvmHome(), name);
  const size = await tailSize(join(machine.path, "console.log"), options.lines);
  const runs = machine.state === "running" || machine.state === "stopping";
  if (options.follow && runs) await followConsole(machine, size);
  else await showFile(join(machine.path, "console.log"), size);
}

/** The guest's own journal, by its own program. */
async function showJournal({ follow, lines }: LogsOptions, name: string): Promise<void> {
  using interruption = new Interruption();
  await using guest = await openGuest(name, interruption.signal).catch((error) => {
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
  Deno.exitCode = await runProcess(process);
}

/** How many bytes at the end of a file have the last lines. */
async function tailSize(path: string, lines: number | undefined): Promise<number> {
  if (lines === undefined) return ALL;
  using file = await openIfThere(path);
  if (file === undefined) return 0;
  const { size } = await file.stat();
  let found = 0;
  const buffer = new Uint8Array(READ_SIZE);
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - READ_SIZE);
    const bytes = buffer.subarray(0, await readAt(file, start, buffer.subarray(0, end - start)));
    for (let index = bytes.length - 1; index >= 0; index--) {
      const isLast = start + index === size - 1;
      if (bytes[index] === LINE_FEED && !isLast && ++found === lines) {
        return size - start - index - 1;
      }
    }
    end = start;
  }
  return size;
}

async function showFile(path: string, size: number): Promise<void> {
  using file = await openIfThere(path);
  if (file === undefined) return;
  await file.seek(Math.max(0, (await file.stat()).size - size), Deno.SeekMode.Start);
  const show = new ConsoleText();
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
  const show = new ConsoleText();
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

/** Shows a console's bytes: as they are, or on a terminal line by line without the guest's control characters. */
class ConsoleText {
  readonly #lines = Deno.stdout.isTerminal() ? new LineSplitter(MAX_LINE_LENGTH) : undefined;

  push(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#lines === undefined) return print(bytes);
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
    print(`${printable(text)}\n`);
  }
}

async function openIfThere(path: string): Promise<Deno.FsFile | undefined> {
  try {
    return await Deno.open(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
