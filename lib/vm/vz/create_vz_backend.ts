import type { Backend } from "../machine.ts";
import type { LibraryLocation } from "./open_virtualization.ts";

/** How {@linkcode createVzBackend} makes its machines. */
export interface VzBackendOptions extends LibraryLocation {
  /** Called with what the framework is given for each machine before it is. It never contains a secret. */
  readonly onConfiguration?: ((configuration: object) => void) | undefined;
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
    start: async (machine, startOptions) => {
      const { startMachine } = await import("./start_machine.ts");
      return await startMachine(machine, options, startOptions);
    },
  };
}
