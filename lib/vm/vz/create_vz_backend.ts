import { join } from "node:path";
import type { VirtualMachineConfiguration } from "../../../ffi/mod.ts";
import type { Backend, Machine, MachineSpecification, StartOptions } from "../machine.ts";
import { stopOnAbort } from "../stop_on_abort.ts";
import { checkMachine } from "./check_machine.ts";
import { cloneDisk } from "./clone_disk.ts";
import { type LibraryLocation, openVirtualization } from "./open_virtualization.ts";
import { startVz } from "./start_vz.ts";

/** How {@linkcode createVzBackend} makes its machines. */
export interface VzBackendOptions extends LibraryLocation {
  /** Called with what the framework is given for each machine before it is. It never contains a secret. */
  readonly onConfiguration?: ((configuration: VirtualMachineConfiguration) => void) | undefined;
}

/**
 * The backend that runs machines in Apple's Virtualization.framework.
 *
 * `start` throws `HypervisorNotFound`, `CloneFailed` or `MachineStartFailed`, or the reason of the signal that ended
 * it.
 *
 * @param options Where the library is.
 * @returns The backend. Nothing is loaded before a machine is started.
 */
export function createVzBackend(options: VzBackendOptions): Backend {
  return {
    name: "vz",
    consoleDevice: () => "hvc0",
    // The framework starts a guest that has reset itself anew: a panic leaves us a second to see it and to be faster.
    kernelArguments: () => ["panic=1"],
    start: (machine, startOptions) => start(machine, options, startOptions),
  };
}

async function start(
  specification: MachineSpecification,
  options: VzBackendOptions,
  { signal, onStage, onNotice }: StartOptions = {},
): Promise<Machine> {
  signal?.throwIfAborted();
  const virtualization = await openVirtualization(options);
  const machine = await checkMachine(specification, virtualization.host());
  const disks = await unlessAborted(
    Promise.all(machine.disks.map((disk, index) =>
      cloneDisk(disk, {
        files: virtualization,
        clone: join(machine.folder, `disk${index}.img`),
        onNotice,
      })
    )),
    signal,
  );
  signal?.throwIfAborted();
  onStage?.("clone");
  const { onConfiguration } = options;
  const running = await startVz(machine, { virtualization, disks, signal, onConfiguration });
  onStage?.("hypervisor");
  if (signal !== undefined) stopOnAbort(running, signal);
  return running;
}

/** Waits for work that may take long and cannot be ended; what it still makes lies in the machine's folder. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await work;
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", onAbort);
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
