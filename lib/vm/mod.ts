/**
 * Virtual machines: their parts, the hypervisors that run them, and the folders they live in.
 *
 * @module
 */
export { chooseAcceleration, probeAcceleration } from "./acceleration.ts";
export type { Acceleration, AccelerationName } from "./acceleration.ts";
export type {
  Architecture,
  Backend,
  BootMark,
  Channel,
  DiskPatch,
  DiskSpecification,
  Machine,
  MachineEnd,
  MachineSpecification,
  StartOptions,
} from "./machine.ts";
export { MachineFolder, removeStaleMachines } from "./machine_folder.ts";
export { createQemuBackend } from "./qemu/create_qemu_backend.ts";
export type { QemuBackendOptions } from "./qemu/qemu_backend_options.ts";
export { findQemu } from "./qemu/find_qemu.ts";
export { createVzBackend } from "./vz/create_vz_backend.ts";
export type { LibraryLocation } from "./vz/library_location.ts";
export { openVirtualization } from "./vz/open_virtualization.ts";
export type { VzBackendOptions } from "./vz/vz_backend_options.ts";
