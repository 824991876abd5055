/**
 * What is put into a guest so that the host can work with it: a command's streams and its exit status, and how far the
 * guest has come.
 *
 * @module
 */

export * from "./attach_guest.ts";
export * from "./guest_command.ts";
export * from "./guest_error.ts";
export * from "./guest_plan.ts";
export * from "./prepare_guest.ts";
