/**
 * Virtual machines: what they are made of, the hypervisors that run them, and the folders they live in.
 *
 * @module
 */

export * from "./acceleration.ts";
export * from "./errors.ts";
export * from "./machine.ts";
export * from "./machine_folder.ts";
export * from "./qemu/create_qemu_backend.ts";
export * from "./qemu/find_qemu.ts";
export * from "./vz/create_vz_backend.ts";
export type { LibraryLocation } from "./vz/open_virtualization.ts";
