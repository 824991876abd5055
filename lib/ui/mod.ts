/**
 * What a person sees: tables, timings, a status line, sizes and durations, and how an error becomes a message and an
 * exit status.
 *
 * @module
 */
export * from "./command_failure.ts";
export * from "./duration.ts";
export * from "./exit_status.ts";
export * from "./output_failed.ts";
export * from "./paint.ts";
export * from "./print.ts";
export * from "./printable.ts";
export { reasonOf } from "../error/mod.ts";
export * from "./report_error.ts";
export * from "./size.ts";
export * from "./status_line.ts";
export * from "./table.ts";
export * from "./terminal.ts";
export * from "./timings.ts";
