/**
 * Virtual machines: their parts, the hypervisors that run them, and the process that owns one.
 *
 * @module
 */
export { chooseAcceleration, probeAcceleration } from "./acceleration.ts";
export type { Acceleration, AccelerationName } from "./acceleration.ts";
export type {
  Architecture,
  AttachedDisk,
  Backend,
  BootMark,
  Channel,
  DiskPatch,
  DiskSpecification,
  Machine,
  MachineEnd,
  MachineSpecification,
  ShareSpecification,
  ShareType,
  StartOptions,
} from "./machine.ts";
export { macAddress } from "./mac_address.ts";
export {
  type BackgroundStartOptions,
  BackgroundSupervisor,
  type SupervisorProgram,
} from "./background/background_supervisor.ts";
export type { MachinePlan, PlannedBackend } from "./background/machine_plan.ts";
export { startPlanned } from "./background/start_planned.ts";
export type { StartPlannedOptions } from "./background/start_planned_options.ts";
export { supervise } from "./background/supervise.ts";
export { mountShares, unmountShares } from "./supervisor/mount_shares.ts";
export type { MountingAgent } from "./supervisor/mount_shares.ts";
export type { Supervisor } from "./supervisor/supervisor.ts";
export { createQemuBackend } from "./qemu/create_qemu_backend.ts";
export type { QemuBackendOptions } from "./qemu/qemu_backend_options.ts";
export { findQemu } from "./qemu/find_qemu.ts";
export { createVzBackend } from "./vz/create_vz_backend.ts";
export type { LibraryLocation } from "./vz/library_location.ts";
export { openVirtualization } from "./vz/open_virtualization.ts";
export type { VzBackendOptions } from "./vz/vz_backend_options.ts";
