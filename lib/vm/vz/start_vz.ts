import type { VirtualMachineConfiguration, VirtualMachineEvent } from "../../../ffi/mod.ts";
import { reasonOf, SnapvmError } from "../../error/mod.ts";
import { join, SocketSet, withDeadline } from "../../host/mod.ts";
import type { BootMark, MachineSpecification } from "../machine.ts";
import { createRuntimeFolder, removeRuntimeFolder } from "../../machines/mod.ts";
import { EndReason } from "./end_reason.ts";
import { startFailure } from "./start_failure.ts";
import { vzConfiguration } from "./vz_configuration.ts";
import { VzMachine, type VzMachineOptions } from "./vz_machine.ts";

/** The framework starts a machine within a second; only a host that swaps needs more. */
const START_TIMEOUT_MS = 30_000;

/** The part of `Virtualization` that makes machines. */
export interface Framework {
  /** Makes the identity of a new machine. */
  machineIdentifier(): string;
  /** Makes a machine, which connects to the sockets of its configuration. */
  create(
    configuration: VirtualMachineConfiguration,
    onEvent: (event: VirtualMachineEvent) => void,
  ): VzMachineOptions["virtualMachine"];
}

/** What {@linkcode startVz} needs besides the machine. */
export interface StartVzOptions {
  /** The framework. */
  readonly virtualization: Framework;
  /** The address of the machine's network card, if it has one. */
  readonly macAddress: string | undefined;
  /** For each disk the file to attach. */
  readonly disks: readonly string[];
  /** Ends the start when it aborts. */
  readonly signal: AbortSignal | undefined;
  /** Called with the configuration before the framework gets it. */
  readonly onConfiguration: ((configuration: VirtualMachineConfiguration) => void) | undefined;
}

/**
 * Makes a machine of the framework and starts it.
 *
 * @param machine What to start, checked.
 * @param options Its parts on the host.
 * @returns The running machine.
 * @throws {SnapvmError} `machine-start-failed` if the framework refuses.
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
    const created = await create(configuration, { ...options, bootMark: machine.bootMark });
    try {
      signal?.throwIfAborted();
      await withDeadline(created.start(), { signal, limit: startLimit("it did not start") });
    } catch (error) {
      await created.stop();
      throw error;
    }
    return created;
  } catch (error) {
    throw startFailure(error);
  } finally {
    // The sockets are connected, or nothing will connect: nobody needs their names any more.
    await removeRuntimeFolder(machine.folder);
  }
}

/** Makes the machine, which connects its console and ports to our sockets before it is there. */
async function create(
  configuration: VirtualMachineConfiguration & { readonly console: string },
  { virtualization, signal, bootMark }: StartVzOptions & { bootMark: BootMark | undefined },
): Promise<VzMachine> {
  const names = configuration.ports.map(({ name }) => name);
  using sockets = new SocketSet([
    configuration.console,
    ...configuration.ports.map(({ socket }) => socket),
  ]);
  const end = new EndReason();
  const virtualMachine = virtualization.create(configuration, (event) => end.takeEvent(event));
  try {
    const accepting = sockets.accept().catch((cause) => {
      throw new SnapvmError(
        "machine-start-failed",
        `Cannot start the virtual machine: its console and ports cannot be connected: ${
          reasonOf(cause)
        }`,
        { data: {}, cause },
      );
    });
    const limit = startLimit("it did not connect its console and ports");
    const [console, ...ports] = await withDeadline(accepting, { signal, limit });
    const machine = new VzMachine({
      virtualMachine,
      end,
      console: console!,
      ports: new Map(names.map((name, index) => [name, ports[index]!])),
      bootMark,
      shareTags: configuration.shares.map(({ tag }) => tag),
    });
    sockets.release();
    return machine;
  } catch (error) {
    await virtualMachine[Symbol.asyncDispose]();
    throw error;
  }
}

/** The time limit of a start, and the error if it takes longer. */
function startLimit(what: string): { milliseconds: number; error(): Error } {
  return {
    milliseconds: START_TIMEOUT_MS,
    error: () =>
      new SnapvmError(
        "machine-start-failed",
        `Cannot start the virtual machine: ${what} within ${START_TIMEOUT_MS / 1000} seconds`,
        { data: {} },
      ),
  };
}
