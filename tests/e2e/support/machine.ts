import { join } from "node:path";
import { runProgram } from "../../../scripts/images/mod.ts";
import { findMachine, type MachineListing } from "../../../lib/machines/mod.ts";
import type { FixtureImage } from "../../fixtures/fixture_image.ts";
import { processesOf } from "../../host/support/processes_of.ts";
import { run } from "../../ext4/support/programs.ts";
import type { TestedBackend } from "./backends.ts";
import { demo } from "./demo.ts";
import { endProcesses } from "./end_processes.ts";
import { namesIn, runSnapvm, Snapvm, type SnapvmOptions, type SnapvmResult } from "./snapvm.ts";
import { waitUntil } from "./wait_until.ts";

export { kill } from "./end_processes.ts";

/** How long a guest has to power off before it is ended, in seconds: far longer than any needs. */
const STOP_SECONDS = 120;

/** When a guest that is not ready is taken for one that never will be, in milliseconds. */
const READY_MS = 600_000;

/** How often is looked whether it is, in milliseconds: looking takes the processor from the guest. */
const READY_PAUSE_MS = 200;

/**
 * With two processors a boot without hardware virtualization takes as long, and a third more of the host's time. Also the
 * newest kernel changes its own code while it runs, and QEMU 7.2 does not always show that to the other processor.
 */
const SIZE = ["--cpus", "1"] as const;
const DEMO_SIZE = ["--memory", "512M"] as const;

/** What a {@linkcode TestMachine} is started with. */
export interface TestMachineOptions {
  /** Options of `snapvm run` beside the hypervisor, the platform, the name and the size. */
  readonly options?: readonly string[];
  /** Its name. */
  readonly name?: string;
  /** Environment variables of the command that starts it. */
  readonly env?: Readonly<Record<string, string>>;
  /** `$SNAPVM_HOME`, of which somebody else takes care. Default: a new one, which is removed in the end. */
  readonly home?: string;
}

/** A machine in the background, in a `$SNAPVM_HOME` of its own, that is used by snapvm's own commands. */
export class TestMachine implements AsyncDisposable {
  /** Its `$SNAPVM_HOME`. */
  readonly home: string;
  /** Its name. */
  readonly name: string;
  readonly #backend: TestedBackend;
  readonly #image: FixtureImage;
  readonly #ownsHome: boolean;

  private constructor(
    backend: TestedBackend,
    image: FixtureImage,
    { home, name, ownsHome }: { home: string; name: string; ownsHome: boolean },
  ) {
    this.#backend = backend;
    this.#image = image;
    this.home = home;
    this.name = name;
    this.#ownsHome = ownsHome;
  }

  /** Starts one with `snapvm run -d`. */
  static async start(
    backend: TestedBackend,
    image: FixtureImage,
    { options = [], name = "guest", home, env = {} }: TestMachineOptions = {},
  ): Promise<TestMachine> {
    const machine = new TestMachine(backend, image, {
      home: home ?? await Deno.makeTempDir({ prefix: "e2e-" }),
      name,
      ownsHome: home === undefined,
    });
    try {
      await machine.succeed([
        ...["run", "-d", "--name", name, "--backend", backend.name, "--platform", image.platform],
        ...SIZE,
        ...image === demo ? DEMO_SIZE : [],
        ...options,
        image.reference,
      ], { env });
      return machine;
    } catch (error) {
      await machine[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Its folder. */
  get folder(): string {
    return join(this.home, "machines", this.name);
  }

  /** Starts a snapvm in the machine's home. */
  async begin(args: readonly string[], options: SnapvmOptions = {}): Promise<Snapvm> {
    return await Snapvm.start(args, this.#with(options));
  }

  /** Runs a snapvm in the machine's home. */
  async run(args: readonly string[], options: SnapvmOptions = {}): Promise<SnapvmResult> {
    return await runSnapvm(args, this.#with(options));
  }

  /** Runs a snapvm that has to end well, and returns what it has printed. */
  async succeed(args: readonly string[], options: SnapvmOptions = {}): Promise<string> {
    const { status, stdout, stderr } = await this.run(args, options);
    if (status !== 0) {
      const log = await Deno.readTextFile(join(this.folder, "supervisor.log")).catch(() => "");
      throw new Error(`snapvm ${args.join(" ")}: status ${status}\n${stdout}${stderr}${log}`);
    }
    return stdout;
  }

  /** Runs a command in the guest. */
  async exec(
    command: readonly string[],
    { options = [], ...settings }: SnapvmOptions & { readonly options?: readonly string[] } = {},
  ): Promise<SnapvmResult> {
    return await this.run(["exec", ...options, this.name, "--", ...command], settings);
  }

  /** What is known of it, from its files and its lock. */
  async listing(): Promise<MachineListing> {
    return await findMachine(this.home, this.name);
  }

  /** Waits until everything in the guest has been started. */
  async untilReady(): Promise<MachineListing> {
    return await this.untilStage("ready");
  }

  /** Waits until the guest is in one of these stages. */
  async untilStage(...stages: readonly string[]): Promise<MachineListing> {
    await waitUntil(
      async () => {
        const { state, status } = await this.listing();
        if (state !== "running" && state !== "starting") {
          throw new Error(`It is ${state}: ${JSON.stringify(status)}\n${await this.console()}`);
        }
        return stages.includes(`${status?.stage}`);
      },
      () => `${this.name} does not become ${stages}`,
      { limit: READY_MS, pause: READY_PAUSE_MS },
    );
    return await this.listing();
  }

  /** The end of what the guest has shown on its console. */
  async console(): Promise<string> {
    const text = await Deno.readTextFile(join(this.folder, "console.log")).catch(() => "");
    return text.slice(-4000);
  }

  /** Has it power off as a user would. */
  async stop(): Promise<void> {
    await this.succeed(["stop", "--time", `${STOP_SECONDS}`, this.name]);
  }

  /** The processes that have to do with it: the hypervisor's, and the supervisor. */
  async processes(): Promise<{ pid: number; name: string }[]> {
    return await processesOf(join(this.home, "machines"));
  }

  /** Throws unless `e2fsck` finds nothing to say against the disk of the machine, which is stopped. */
  async checkDisk(): Promise<void> {
    const names = await namesIn(this.folder);
    const disk = names.find((name) => name.startsWith("disk0."));
    if (disk === undefined) throw new Error(`There is no disk in ${this.folder}: ${names}`);
    const path = join(this.folder, disk);
    if (!disk.endsWith(".qcow2")) {
      await run("e2fsck", ["-f", "-n", path]);
      return;
    }
    const raw = join(this.home, "disk.raw");
    try {
      await runProgram("qemu-img", ["convert", "-O", "raw", path, raw]);
      await run("e2fsck", ["-f", "-n", raw]);
    } finally {
      await Deno.remove(raw).catch(() => {});
    }
  }

  /** Ends it if it still runs, and removes the home that was made for it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await endProcesses(this.home);
    if (this.#ownsHome) await Deno.remove(this.home, { recursive: true });
  }

  #with(options: SnapvmOptions): SnapvmOptions {
    return {
      ...options,
      image: this.#image,
      home: this.home,
      env: { ...this.#backend.env, ...options.env },
    };
  }
}
