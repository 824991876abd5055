import { join, resolve } from "../../host/mod.ts";
import { hasCode, reasonOf, SnapvmError } from "../../error/mod.ts";
import { type AccelerationName, chooseAcceleration } from "../acceleration.ts";
import type {
  Backend,
  DiskSpecification,
  Machine,
  MachineSpecification,
  StartOptions,
} from "../machine.ts";
import { stopOnAbort } from "../stop_on_abort.ts";
import { createQcow2Overlay } from "./create_qcow2_overlay.ts";
import { findQemu } from "./find_qemu.ts";
import { startQemu } from "./start_qemu.ts";

/** How {@linkcode createQemuBackend} makes its machines. */
export interface QemuBackendOptions {
  /** The acceleration to insist on. Default: the best that the host has. */
  readonly acceleration?: AccelerationName | undefined;
  /** Called with the whole command line of each QEMU before it runs. It never contains a secret. */
  readonly onCommand?: ((command: readonly string[]) => void) | undefined;
}

/**
 * The backend that runs each machine in a QEMU of its own, on Linux and macOS.
 *
 * `start` throws a `SnapvmError` with the code `hypervisor-not-found`, `acceleration-unavailable`, `clone-failed` or
 * `machine-start-failed`, or the reason of the signal that ended it.
 *
 * @param options What to insist on.
 * @returns The backend.
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
    start: (machine, startOptions) => start(machine, options, startOptions),
  };
}

async function start(
  specification: MachineSpecification,
  options: QemuBackendOptions,
  { signal, onStage }: StartOptions = {},
): Promise<Machine> {
  signal?.throwIfAborted();
  const machine: MachineSpecification = {
    ...specification,
    disks: specification.disks.map((disk) => ({ ...disk, source: resolve(disk.source) })),
  };
  const [program, acceleration] = await Promise.all([
    findQemu(machine.architecture),
    chooseAcceleration(machine.architecture, options.acceleration),
  ]);
  const overlays = await Promise.all(
    machine.disks.map((disk, index) => cloneDisk(disk, join(machine.folder, `disk${index}.qcow2`))),
  );
  signal?.throwIfAborted();
  onStage?.("clone");
  const { onCommand } = options;
  const running = await startQemu(machine, { program, acceleration, overlays, signal, onCommand });
  onStage?.("hypervisor");
  if (signal !== undefined) stopOnAbort(running, signal);
  return running;
}

/** Makes the overlay of a disk; a disk that nobody changes needs none. */
async function cloneDisk(
  { source, readOnly, patches }: DiskSpecification,
  overlay: string,
): Promise<string | undefined> {
  if (readOnly && patches.length === 0) return undefined;
  try {
    await createQcow2Overlay(overlay, { source, patches });
  } catch (cause) {
    if (hasCode(cause, "clone-failed") || cause instanceof RangeError) throw cause;
    throw new SnapvmError("clone-failed", `Cannot clone ${source}: ${reasonOf(cause)}`, {
      data: { source, isFull: false },
      cause,
    });
  }
  return overlay;
}
