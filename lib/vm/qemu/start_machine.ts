import { hasCode, reasonOf, SnapvmError } from "../../error/mod.ts";
import { isFile, join, resolve } from "../../host/mod.ts";
import { chooseAcceleration } from "../acceleration.ts";
import type { DiskSpecification, Machine, MachineSpecification, StartOptions } from "../machine.ts";
import { stopOnAbort } from "../stop_on_abort.ts";
import { createQcow2Overlay } from "./create_qcow2_overlay.ts";
import { findQemu } from "./find_qemu.ts";
import type { QemuBackendOptions } from "./qemu_backend_options.ts";
import { startQemu } from "./start_qemu.ts";

/** What `start` of the backend does; it is in its own file, which is loaded when a machine is started. */
export async function startMachine(
  specification: MachineSpecification,
  options: QemuBackendOptions,
  { signal, onStage, onNotice }: StartOptions = {},
): Promise<Machine> {
  signal?.throwIfAborted();
  const machine: MachineSpecification = {
    ...specification,
    disks: specification.disks.map((disk) => ({ ...disk, source: resolve(disk.source) })),
    attachedDisks: (specification.attachedDisks ?? [])
      .map((disk) => ({ ...disk, path: resolve(disk.path) })),
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
  const { onCommand, virtiofsd } = options;
  const running = await startQemu(machine, {
    program,
    acceleration,
    overlays,
    virtiofsd,
    signal,
    onNotice,
    onCommand,
  });
  onStage?.("hypervisor");
  if (signal !== undefined) stopOnAbort(running, signal);
  return running;
}

/** Makes the overlay of a disk; a disk that nobody changes needs none. */
async function cloneDisk(
  { source, readOnly, kept, patches, size }: DiskSpecification,
  overlay: string,
): Promise<string | undefined> {
  if (readOnly && patches.length === 0 && size === undefined) return undefined;
  if (kept === true && await isFile(overlay)) return overlay;
  try {
    await createQcow2Overlay(overlay, { source, patches, size });
  } catch (cause) {
    if (hasCode(cause, "clone-failed") || cause instanceof RangeError) throw cause;
    throw new SnapvmError("clone-failed", `Cannot clone ${source}: ${reasonOf(cause)}`, {
      data: { source, isFull: false },
      cause,
    });
  }
  return overlay;
}
