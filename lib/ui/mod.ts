/**
 * What people see: tables, timings, a status line, sizes and durations, and how an error becomes a message and an exit
 * status.
 *
 * @module
 */
export { adviceOf, CommandFailure, withStatus } from "./command_failure.ts";
export { formatDuration, parseDuration } from "./duration.ts";
export { ExitStatus } from "./exit_status.ts";
export { LiveLines, type LiveLinesOptions, type LiveTarget } from "./live_lines.ts";
export { OutputFailed } from "./output_failed.ts";
export { paint, type PaintTarget, type Style } from "./paint.ts";
export { print, printJson, type SyncWriter } from "./print.ts";
export { printable } from "./printable.ts";
export { progressBar } from "./progress_bar.ts";
export { type ErrorReport, reportError, type ReportOptions } from "./report_error.ts";
export { formatSize, parseSize } from "./size.ts";
export { StatusLine } from "./status_line.ts";
export { type Column, formatTable } from "./table.ts";
export {
  type AttachOptions,
  attachTerminal,
  type TerminalSize,
  terminalSize,
  type TerminalStreams,
} from "./terminal.ts";
export { formatTimings, type Timing, Timings } from "./timings.ts";
export { TransferRate } from "./transfer_rate.ts";
