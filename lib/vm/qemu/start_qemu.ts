import { basename, join } from "node:path";
import type { Acceleration } from "../acceleration.ts";
import { MachineStartFailed } from "../errors.ts";
import { GuardedProcess } from "../guarded_process.ts";
import { inTime } from "../in_time.ts";
import type { MachineSpecification } from "../machine.ts";
import { createRuntimeFolder, removeRuntimeFolder } from "../runtime_folder.ts";
import { closeIfOpen } from "../close_if_open.ts";
import { qemuArguments } from "./qemu_arguments.ts";
import { QemuMachine } from "./qemu_machine.ts";
import { Qmp } from "./qmp.ts";
import { startFailure } from "./start_failure.ts";

/** QEMU connects within milliseconds of its start; only a host that swaps needs seconds. */
const START_TIMEOUT_MS = 30_000;

/** What {@linkcode startQemu} needs beside the machine. */
export interface StartQemuOptions {
  /** QEMU's path. */
  readonly program: string;
  /** How the guest is accelerated. */
  readonly acceleration: Acceleration;
  /** For each disk its overlay; `undefined` where the source itself is attached, read only. */
  readonly overlays: readonly (string | undefined)[];
  /** Ends the start when it aborts. */
  readonly signal: AbortSignal | undefined;
  /** Called with the whole command line before it runs. */
  readonly onCommand: ((command: readonly string[]) => void) | undefined;
}

/**
 * Starts QEMU, waits until it has connected all that belongs to the machine, and lets the guest run.
 *
 * @param machine What to start.
 * @param options Its parts on the host.
 * @returns The running machine.
 * @throws {MachineStartFailed} If QEMU refuses.
 */
export async function startQemu(
  machine: MachineSpecification,
  options: StartQemuOptions,
): Promise<QemuMachine> {
  const { program, signal } = options;
  const runtime = await createRuntimeFolder(machine.folder);
  const sockets = {
    monitor: join(runtime, "monitor"),
    console: join(runtime, "console"),
    ports: machine.ports.map((_, index) => join(runtime, `port${index}`)),
  };
  const args = qemuArguments(machine, {
    acceleration: options.acceleration.name,
    hostArchitecture: Deno.build.arch,
    overlays: options.overlays,
    sockets,
  });
  const connections: Deno.Conn[] = [];
  let abandon = async (): Promise<void> => {};
  try {
    using listeners = new DisposableStack();
    const accept = async (path: string): Promise<Deno.Conn> => {
      const connection = await listeners.use(Deno.listen({ transport: "unix", path })).accept();
      connections.push(connection);
      return connection;
    };
    const accepting = Promise.all([
      accept(sockets.monitor),
      accept(sockets.console),
      Promise.all(sockets.ports.map(accept)),
    ]);
    // Where QEMU does not come, closing the listeners rejects this when nobody waits for it any more.
    accepting.catch(() => {});
    options.onCommand?.([program, ...args]);
    signal?.throwIfAborted();
    const process = new GuardedProcess(program, args);
    abandon = async () => {
      process.kill();
      await process.ended;
      connections.forEach(closeIfOpen);
    };
    const run = async (): Promise<QemuMachine> => {
      const [monitor, console, ports] = await accepting;
      const qmp = await Qmp.connect(monitor);
      const running = new QemuMachine({
        acceleration: options.acceleration.name,
        process,
        qmp,
        console,
        ports: new Map(ports.map((port, index) => [machine.ports[index] as string, port])),
      });
      // From here on the connections are the machine's to close.
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

/** Waits for a start, but not for longer than QEMU lives, the caller wants it, or sense allows. */
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
  // A connection that QEMU resets says less than the QEMU that ended: that one is waited for.
  const started = start.catch((error) =>
    error instanceof Deno.errors.ConnectionReset ? exited : Promise.reject(error)
  );
  return await inTime(Promise.race([started, exited]), {
    signal,
    limit: {
      milliseconds: START_TIMEOUT_MS,
      error: () =>
        new MachineStartFailed(
          `Cannot start ${basename(program)}: it did not answer within ${
            START_TIMEOUT_MS / 1000
          } seconds`,
        ),
    },
  });
}
