import type { Backend } from "../machine.ts";
import type { QemuBackendOptions } from "./qemu_backend_options.ts";

/**
 * The backend that runs each machine in a QEMU of its own, on Linux and macOS.
 *
 * `start` throws a `SnapvmError` with the code `hypervisor-not-found`, `acceleration-unavailable`, `clone-failed` or
 * `machine-start-failed`, or the reason of the signal that ended it.
 *
 * @param options What to insist on.
 * @returns The backend. Nothing is loaded before a machine is started.
 */
export function createQemuBackend(options: QemuBackendOptions = {}): Backend {
  return {
    name: "qemu",
    consoleDevice: (architecture) => architecture === "x86_64" ? "ttyS0" : "ttyAMA0",
    kernelArguments: (architecture) => [
      // A guest that panics resets, and QEMU ends; otherwise the guest would hang for ever.
      "panic=-1",
      // On a busy host the kernel mistakes a late emulated timer for a broken one, and panics.
      ...(architecture === "x86_64" ? ["no_timer_check"] : []),
    ],
    start: async (machine, startOptions) => {
      const { startMachine } = await import(
        import.meta.resolve("./start_machine.ts")
      ) as typeof import("./start_machine.ts");
      return await startMachine(machine, options, startOptions);
    },
  };
}
