import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { FixtureImage } from "../../fixtures/fixture_image.ts";
import { processesOf } from "../../host/support/processes_of.ts";
import { Capture } from "./capture.ts";
import { endProcesses } from "./end_processes.ts";

const CLI = fileURLToPath(new URL("../../../cli.ts", import.meta.url));

/** The words of `snapvm`, as a user has it who runs it from its sources. */
const SNAPVM = [Deno.execPath(), "run", "--allow-all", CLI] as const;

/**
 * When a snapvm that still runs is taken for one that hangs, in milliseconds: the slowest boot here takes 40 seconds
 * on an idle host without hardware virtualization.
 */
const LIMIT_MS = 600_000;

/** What {@linkcode Snapvm.start} takes beside the arguments. */
export interface SnapvmOptions {
  /** The image whose store is searched. */
  readonly image?: FixtureImage;
  /** Environment variables beside those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** All of the standard input. Default: it is open, and nothing comes. */
  readonly stdin?: Uint8Array<ArrayBuffer>;
  /** The path of what its standard input is, in place of a pipe. */
  readonly stdinPath?: string;
  /** `$SNAPVM_HOME`. Default: a new folder, which is removed in the end. */
  readonly home?: string;
  /**
   * Whether it runs on a terminal, whose other end are {@linkcode Snapvm.write} and {@linkcode Snapvm.stdout}. The last
   * thing there tells whether the terminal's modes are as they were: {@linkcode MODES_RESTORED}.
   */
  readonly terminal?: boolean;
}

/** What a snapvm has done once it has ended. */
export interface SnapvmResult {
  /** Its exit status. */
  readonly status: number;
  /** Its standard output. */
  readonly stdout: string;
  /** Its standard error. */
  readonly stderr: string;
  /** What it has left behind. */
  readonly leftBehind: readonly string[];
}

/** A running `snapvm`, with a `$SNAPVM_HOME` of its own, so that what it leaves behind can be seen. */
export class Snapvm implements AsyncDisposable {
  /** Its `$SNAPVM_HOME`. */
  readonly home: string;
  /** Its process id. */
  readonly pid: number;
  /** What it writes to its standard output. */
  readonly stdout: Capture;
  /** What it writes to its standard error. */
  readonly stderr: Capture;
  /** Settles when it has ended. */
  readonly status: Promise<Deno.CommandStatus>;
  readonly #child: Deno.ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #ownsHome: boolean;
  #running = true;

  private constructor(home: string, ownsHome: boolean, child: Deno.ChildProcess) {
    this.home = home;
    this.#ownsHome = ownsHome;
    this.pid = child.pid;
    this.stdout = new Capture("standard output", child.stdout);
    this.stderr = new Capture("standard error", child.stderr);
    this.#child = child;
    this.#stdin = child.stdin.getWriter();
    this.#timer = setTimeout(() => this.kill("SIGKILL"), LIMIT_MS);
    this.status = child.status.finally(() => {
      this.#running = false;
      clearTimeout(this.#timer);
    });
  }

  /** Starts `snapvm` with the arguments. */
  static async start(args: readonly string[], options: SnapvmOptions = {}): Promise<Snapvm> {
    const { image, env, stdin, stdinPath } = options;
    const home = options.home ?? await Deno.makeTempDir({ prefix: "e2e-" });
    const redirect = stdinPath === undefined ? [] : ["sh", "-c", 'exec "$@" <"$0"', stdinPath];
    const words = [...redirect, ...SNAPVM, ...args];
    const [program = "", ...rest] = options.terminal ? onTerminal(words) : words;
    const child = new Deno.Command(program, {
      args: rest,
      env: {
        NO_COLOR: "1",
        SNAPVM_HOME: home,
        ...image !== undefined && { SNAPVM_STORE: image.root },
        ...env,
      },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const snapvm = new Snapvm(home, options.home === undefined, child);
    if (stdin !== undefined) {
      // One that ends early does not read all of it.
      void snapvm.write(stdin).then(() => snapvm.closeStdin()).catch(() => {});
    }
    return snapvm;
  }

  /** Writes to its standard input. */
  async write(data: Uint8Array<ArrayBuffer> | string): Promise<void> {
    await this.#stdin.write(typeof data === "string" ? new TextEncoder().encode(data) : data);
  }

  /** Ends its standard input. */
  async closeStdin(): Promise<void> {
    await this.#stdin.close();
  }

  /** Sends it a signal; nothing happens if it has ended. */
  kill(signal: Deno.Signal): void {
    if (this.#running) this.#child.kill(signal);
  }

  /** Waits for its end. */
  async result(): Promise<SnapvmResult> {
    const { code, signal } = await this.status;
    if (signal !== null) throw new Error(`snapvm was ended by ${signal}\n${this.stderr.text}`);
    await Promise.all([this.stdout.ended, this.stderr.ended]);
    return {
      status: code,
      stdout: this.stdout.text,
      stderr: this.stderr.text,
      leftBehind: await this.leftBehind(),
    };
  }

  /**
   * Folders of machines, processes that have to do with one, and the short-lived folders of sockets that `--debug` has
   * named.
   */
  async leftBehind(): Promise<string[]> {
    const machines = join(this.home, "machines");
    const found = Array.from(await namesIn(machines), (name) => `machines/${name}`);
    for (const { pid, name } of await processesOf(machines)) found.push(`process ${pid} (${name})`);
    const sockets = this.stderr.text.match(/\/tmp\/snapvm-[0-9a-f-]+(?=\/)/g) ?? [];
    for (const folder of new Set(sockets)) {
      if (await exists(folder)) found.push(folder);
    }
    return found;
  }

  /** Ends it if it still runs, and removes the `$SNAPVM_HOME` that was made for it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.kill("SIGKILL");
    await this.status;
    // It takes its QEMU with it, but not what it has started in the background.
    if (this.#ownsHome) await endProcesses(this.home);
    await this.#stdin.close().catch(() => {});
    await Promise.all([this.stdout.ended, this.stderr.ended]);
    if (this.#ownsHome) await Deno.remove(this.home, { recursive: true });
  }
}

/** What a terminal shows at the end if its modes are as they were. */
export const MODES_RESTORED = "The terminal's modes are as they were.\r\n";

/** A command line on a new terminal, as script(1) makes it, with the same exit status. */
function onTerminal(words: readonly string[]): string[] {
  const quoted = words.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(" ");
  // A Ctrl-C goes to the shell, too, which then has to live on.
  const command = `
    trap : INT
    before=$(stty -g)
    ${quoted}
    status=$?
    [ "$(stty -g)" = "$before" ] && echo "${MODES_RESTORED.trimEnd()}"
    exit $status`;
  return ["script", "--quiet", "--return", "--command", command, "/dev/null"];
}

/** Runs `snapvm` to its end. */
export async function runSnapvm(
  args: readonly string[],
  options: SnapvmOptions = {},
): Promise<SnapvmResult> {
  await using snapvm = await Snapvm.start(args, options);
  return await snapvm.result();
}

/** The names in a folder; none if there is no folder. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return await Array.fromAsync(Deno.readDir(folder), (entry) => entry.name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}
