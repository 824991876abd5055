/**
 * snapvm boots a container image as the operating system that it is. This is the library behind the command.
 *
 * @module
 */
export * from "./lib/ext4/mod.ts";
