import { SnapvmError } from "../../error/mod.ts";
import { join, readLines, Tail, withDeadline } from "../../host/mod.ts";
import type { MachineFolder } from "../../machines/mod.ts";
import { type MachinePlan, writeMachinePlan } from "./machine_plan.ts";
import { parseReport, type Report, reportedError } from "./report.ts";

/** The file that takes what a supervisor has to say. */
export const LOG_FILE = "supervisor.log";

/** A process of this program is there within a second; only a host that swaps needs more. */
const START_TIMEOUT_MS = 30_000;
/** How much of a supervisor's last words is told, in bytes. */
const LAST_WORDS_SIZE = 2048;

/**
 * What keeps a supervisor small: it needs little, but a collector of garbage that has room lets what has passed through
 * pile up.
 */
const SMALL: Readonly<Record<string, string>> = {
  DENO_V8_FLAGS: "--max-old-space-size=48",
};

/** The longest report, in characters. */
const MAX_REPORT = 1 << 16;

/** The shell leads what the supervisor says into a file, and becomes the supervisor. */
const REDIRECT = 'log=$1; shift; umask 077; exec "$@" 2>>"$log"';

/** How to start a process of this program that supervises a machine. */
export interface SupervisorProgram {
  /** The program. */
  readonly program: string;
  /** Its arguments. */
  readonly args: readonly string[];
}

/** What is told while a machine starts in the background. */
export interface BackgroundStartOptions {
  /** Gives the start up when it aborts. */
  readonly signal?: AbortSignal | undefined;
  /** Called when the disks have been cloned. */
  readonly onClone?: (() => void) | undefined;
  /** Called with what a user may want to know although nothing failed. */
  readonly onNotice?: ((notice: string) => void) | undefined;
}

/** A process that is going to own a machine, in a session of its own, and outlives the one that has started it. */
export class BackgroundSupervisor implements AsyncDisposable {
  readonly #folder: MachineFolder;
  readonly #child: Deno.ChildProcess;
  readonly #reports: AsyncIterator<string>;
  #isLetGo = false;

  /**
   * Starts the process. It has nothing to do yet.
   *
   * @param folder The machine's folder.
   * @param program How this program is started.
   */
  constructor(folder: MachineFolder, { program, args }: SupervisorProgram) {
    this.#folder = folder;
    this.#child = new Deno.Command("/bin/sh", {
      args: ["-c", REDIRECT, "snapvm-supervisor", join(folder.path, LOG_FILE), program, ...args],
      env: { NO_COLOR: "1", ...SMALL },
      // No folder is kept from being unmounted.
      cwd: "/",
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
      detached: true,
    }).spawn();
    this.#reports = readLines(this.#child.stdout, MAX_REPORT)[Symbol.asyncIterator]();
  }

  /**
   * Gives the process the machine, and waits until its hypervisor runs.
   *
   * @param home `$SNAPVM_HOME`.
   * @param plan How to start the machine, unless its folder has a plan already.
   * @param options What to call meanwhile.
   * @throws What the start failed with; nothing of it is left then.
   * @throws The signal's reason.
   */
  async start(
    home: string,
    plan: MachinePlan | undefined,
    options: BackgroundStartOptions = {},
  ): Promise<void> {
    const { signal } = options;
    if (plan !== undefined) writeMachinePlan(this.#folder.path, plan);
    await this.#await("waiting", { signal });
    await this.#folder.handOver(home, async () => {
      const writer = this.#child.stdin.getWriter();
      await writer.write(new TextEncoder().encode(`${this.#folder.path}\n`));
      await writer.close();
      await this.#await("owner", {});
    });
    await this.#await("started", options);
    this.#isLetGo = true;
  }

  /** Lets the process go if the machine runs; ends it, and waits for its end, if it does not. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isLetGo) {
      try {
        this.#child.kill("SIGTERM");
      } catch {
        // It has ended already.
      }
      // If it has not been told of a machine, this ends it.
      await this.#child.stdin.abort().catch(() => {});
      await this.#child.status;
    }
    await this.#reports.return?.();
    // If nobody has waited for a report, nobody has begun to read either.
    await this.#child.stdout.cancel().catch(() => {});
    this.#child.unref();
  }

  /** Waits for a report. */
  async #await(
    kind: Report["kind"],
    { signal, onClone, onNotice }: BackgroundStartOptions,
  ): Promise<void> {
    for (;;) {
      const report = await withDeadline(this.#next(), {
        signal,
        ...kind !== "started" && {
          limit: {
            milliseconds: START_TIMEOUT_MS,
            error: () => startFailed(`it did not answer within ${START_TIMEOUT_MS / 1000} seconds`),
          },
        },
      });
      if (report.kind === kind) return;
      if (report.kind === "failed") throw reportedError(report);
      if (report.kind === "stage") onClone?.();
      if (report.kind === "notice") onNotice?.(report.notice);
    }
  }

  async #next(): Promise<Report> {
    for (;;) {
      const { done, value } = await this.#reports.next();
      if (done) throw startFailed(`it has ended: ${await this.#lastWords()}`);
      const report = parseReport(value);
      if (report !== undefined) return report;
    }
  }

  async #lastWords(): Promise<string> {
    const { code, signal } = await this.#child.status;
    const how = signal === null ? `exit status ${code}` : signal;
    try {
      const tail = new Tail(LAST_WORDS_SIZE);
      tail.push(await Deno.readFile(join(this.#folder.path, LOG_FILE)));
      return new TextDecoder().decode(tail.bytes).trim() || how;
    } catch {
      return how;
    }
  }
}

function startFailed(why: string): SnapvmError {
  return new SnapvmError(
    "machine-start-failed",
    `Cannot start the machine's supervisor: ${why}`,
    { data: {} },
  );
}
