import { SnapvmError } from "../../error/mod.ts";
import { basename, GuardedProcess, join, SocketSet, withDeadline } from "../../host/mod.ts";
import type { Acceleration } from "../acceleration.ts";
import type { MachineSpecification, ShareSpecification } from "../machine.ts";
import { createRuntimeFolder, removeRuntimeFolder } from "../../machines/mod.ts";
import { qemuArguments } from "./qemu_arguments.ts";
import { QemuMachine } from "./qemu_machine.ts";
import { Qmp } from "./qmp.ts";
import type { ServedShares, ServeSharesOptions } from "./shares/serve_shares.ts";
import { startFailure } from "./start_failure.ts";

/** QEMU connects within milliseconds of its start; only a host that swaps needs seconds. */
const START_TIMEOUT_MS = 30_000;

/** What {@linkcode startQemu} needs besides the machine. */
export interface StartQemuOptions {
  /** QEMU's path. */
  readonly program: string;
  /** How the guest is accelerated. */
  readonly acceleration: Acceleration;
  /** For each disk its overlay; `undefined` if the source itself is attached, read only. */
  readonly overlays: readonly (string | undefined)[];
  /** The server for shares, if there is a choice. */
  readonly virtiofsd: string | undefined;
  /** Ends the start when it aborts. */
  readonly signal: AbortSignal | undefined;
  /** Called with what a user may want to know although nothing failed. */
  readonly onNotice: ((notice: string) => void) | undefined;
  /** Called with the whole command line before it runs. */
  readonly onCommand: ((command: readonly string[]) => void) | undefined;
}

/**
 * Starts QEMU, waits until it has connected all that belongs to the machine, and lets the guest run.
 *
 * @param machine What to start.
 * @param options Its parts on the host.
 * @returns The running machine.
 * @throws {SnapvmError} `machine-start-failed` if QEMU refuses.
 */
export async function startQemu(
  machine: MachineSpecification,
  options: StartQemuOptions,
): Promise<QemuMachine> {
  const { program, signal } = options;
  const runtime = await createRuntimeFolder(machine.folder);
  const paths = {
    monitor: join(runtime, "monitor"),
    console: join(runtime, "console"),
    ports: machine.ports.map((_, index) => join(runtime, `port${index}`)),
  };
  let abandon = async (): Promise<void> => {};
  try {
    const served = await serve(machine.shares ?? [], { ...options, runtime });
    abandon = () => served.end();
    const args = qemuArguments(machine, {
      acceleration: options.acceleration.name,
      hostArchitecture: Deno.build.arch,
      overlays: options.overlays,
      sockets: paths,
      shares: served.shares,
    });
    using sockets = new SocketSet([paths.monitor, paths.console, ...paths.ports]);
    options.onCommand?.([program, ...args]);
    signal?.throwIfAborted();
    const process = new GuardedProcess(program, args);
    abandon = async () => {
      process.kill();
      await process.ended;
      await served.end();
    };
    const run = async (): Promise<QemuMachine> => {
      const [monitor, console, ...ports] = await sockets.accept();
      const qmp = await Qmp.connect(monitor!);
      const running = new QemuMachine({
        acceleration: options.acceleration.name,
        process,
        qmp,
        console: console!,
        ports: new Map(machine.ports.map((name, index) => [name, ports[index]!])),
        served,
      });
      sockets.release();
      abandon = () => running.stop();
      await qmp.execute("cont");
      return running;
    };
    return await unlessItFails(run(), process, program, signal);
  } catch (error) {
    await abandon();
    throw error;
  } finally {
    // QEMU is connected, or it is gone: nobody needs the sockets' names any more.
    await removeRuntimeFolder(machine.folder);
  }
}

/** Most machines have no shares. */
async function serve(
  shares: readonly ShareSpecification[],
  options: ServeSharesOptions,
): Promise<ServedShares> {
  if (shares.length === 0) return { shares: [], end: () => Promise.resolve() };
  const { serveShares } = await import(
    import.meta.resolve("./shares/serve_shares.ts")
  ) as typeof import("./shares/serve_shares.ts");
  return await serveShares(shares, options);
}

/** Waits for a start as long as QEMU lives, the caller wants it and the time limit allows. */
async function unlessItFails<T>(
  start: Promise<T>,
  process: GuardedProcess,
  program: string,
  signal: AbortSignal | undefined,
): Promise<T> {
  const exited = process.ended.then((end) => {
    throw startFailure(program, end);
  });
  exited.catch(() => {});
  // A connection that QEMU resets says less than how QEMU ended: wait for that.
  const started = start.catch((error) =>
    error instanceof Deno.errors.ConnectionReset ? exited : Promise.reject(error)
  );
  return await withDeadline(Promise.race([started, exited]), {
    signal,
    limit: {
      milliseconds: START_TIMEOUT_MS,
      error: () =>
        new SnapvmError(
          "machine-start-failed",
          `Cannot start ${basename(program)}: it did not answer within ${
            START_TIMEOUT_MS / 1000
          } seconds`,
          { data: {} },
        ),
    },
  });
}
