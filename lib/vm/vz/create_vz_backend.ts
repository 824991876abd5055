import type { Backend } from "../machine.ts";
import type { VzBackendOptions } from "./vz_backend_options.ts";

/**
 * The backend that runs machines in Apple's Virtualization.framework.
 *
 * `start` throws a `SnapvmError` with the code `processor-unsupported`, `virtualization-unavailable`,
 * `library-unloadable`, `library-damaged`, `folder-not-private`, `machine-size-unsupported`, `network-cards-taken`,
 * `clone-failed` or `machine-start-failed`, or the reason of the signal that ended it.
 *
 * @param options Where the library is.
 * @returns The backend. Nothing is loaded before a machine is started.
 */
export function createVzBackend(options: VzBackendOptions): Backend {
  return {
    name: "vz",
    consoleDevice: () => "hvc0",
    // The framework restarts a guest that has reset itself: a panic leaves us a second to see it first.
    kernelArguments: () => ["panic=1"],
    start: async (machine, startOptions) => {
      // Deno loads what an import() with a fixed path leads to before the program starts, on every system.
      const { startMachine } = await import(
        import.meta.resolve("./start_machine.ts")
      ) as typeof import("./start_machine.ts");
      return await startMachine(machine, options, startOptions);
    },
  };
}
