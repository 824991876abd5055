/**
 * The command line: one file per command, which parses, calls the library and prints.
 *
 * @module
 */
export * from "./run_command_line.ts";
