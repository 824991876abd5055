import { join } from "node:path";
import type { Virtualization, VirtualMachineConfiguration } from "../../../ffi/mod.ts";
import { closeIfOpen } from "../close_if_open.ts";
import { MachineStartFailed } from "../errors.ts";
import { inTime } from "../in_time.ts";
import type { BootMark, MachineSpecification } from "../machine.ts";
import { createRuntimeFolder, removeRuntimeFolder } from "../runtime_folder.ts";
import { startFailure } from "./start_failure.ts";
import { vzConfiguration } from "./vz_configuration.ts";
import { VzMachine } from "./vz_machine.ts";

/** The framework starts a machine within a second; only a host that swaps needs more. */
const START_TIMEOUT_MS = 30_000;

/** What {@linkcode startVz} needs beside the machine. */
export interface StartVzOptions {
  /** The framework. */
  readonly virtualization: Virtualization;
  /** The address of the machine's network card, where it has one. */
  readonly macAddress: string | undefined;
  /** For each disk the file to attach. */
  readonly disks: readonly string[];
  /** Ends the start when it aborts. */
  readonly signal: AbortSignal | undefined;
  /** Called with what the framework is given before it is. */
  readonly onConfiguration: ((configuration: VirtualMachineConfiguration) => void) | undefined;
}

/**
 * Makes a machine of the framework and starts it.
 *
 * @param machine What to start, checked.
 * @param options Its parts on the host.
 * @returns The running machine.
 * @throws {MachineStartFailed} If the framework refuses.
 */
export async function startVz(
  machine: MachineSpecification,
  options: StartVzOptions,
): Promise<VzMachine> {
  const { virtualization, macAddress, disks, signal, onConfiguration } = options;
  const runtime = await createRuntimeFolder(machine.folder);
  try {
    const sockets = {
      console: join(runtime, "console"),
      ports: machine.ports.map((_, index) => join(runtime, `port${index}`)),
    };
    const configuration = vzConfiguration(machine, {
      machineIdentifier: virtualization.machineIdentifier(),
      macAddress,
      disks,
      sockets,
    });
    onConfiguration?.(configuration);
    signal?.throwIfAborted();
    const created = await create(virtualization, configuration, machine.bootMark);
    try {
      signal?.throwIfAborted();
      await inTime(created.start(), {
        signal,
        limit: {
          milliseconds: START_TIMEOUT_MS,
          error: () =>
            new MachineStartFailed(
              `Cannot start the virtual machine: it did not start within ${
                START_TIMEOUT_MS / 1000
              } seconds`,
            ),
        },
      });
    } catch (error) {
      await created.stop();
      throw error;
    }
    return created;
  } catch (error) {
    throw startFailure(error);
  } finally {
    // The sockets are connected, or nobody comes: nobody needs their names any more.
    await removeRuntimeFolder(machine.folder);
  }
}

/** Makes the machine, which connects its console and ports to our sockets before it is there. */
async function create(
  virtualization: Virtualization,
  configuration: VirtualMachineConfiguration & { readonly console: string },
  bootMark: BootMark | undefined,
): Promise<VzMachine> {
  using listeners = new DisposableStack();
  const listen = (path: string) => listeners.use(Deno.listen({ transport: "unix", path }));
  const consoleListener = listen(configuration.console);
  const portListeners = configuration.ports.map(({ socket }) => listen(socket));
  // Nothing happens to a machine before it is started.
  const virtualMachine = virtualization.create(configuration, (event) => machine.takeEvent(event));
  const accepted: Deno.Conn[] = [];
  const accept = async (listener: Deno.Listener): Promise<Deno.Conn> => {
    const connection = await listener.accept();
    accepted.push(connection);
    return connection;
  };
  const [console, ports] = await Promise.all([
    accept(consoleListener),
    Promise.all(portListeners.map(accept)),
  ]).catch(async (error) => {
    await virtualMachine[Symbol.asyncDispose]();
    accepted.forEach(closeIfOpen);
    throw error;
  });
  const machine = new VzMachine({
    virtualMachine,
    console,
    ports: new Map(configuration.ports.map(({ name }, index) => [name, ports[index] as Deno.Conn])),
    bootMark,
  });
  return machine;
}
