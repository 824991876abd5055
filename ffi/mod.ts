/**
 * Apple's Virtualization.framework through a small dylib.
 *
 * @module
 */
export * from "./bindings.ts";
export * from "./configuration.ts";
export * from "./event.ts";
export * from "./library.ts";
export { LIBRARY_SHA256 } from "./library_bytes.ts";
export * from "./virtual_machine.ts";
export * from "./virtualization.ts";
export * from "./virtualization_error.ts";
