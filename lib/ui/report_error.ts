import { CommandFailure, isMistake } from "./command_failure.ts";
import { ExitStatus } from "./exit_status.ts";
import { paint } from "./paint.ts";
import { printable } from "./printable.ts";
import { reasonOf } from "../error/mod.ts";

/** How an error is shown. */
export interface ReportOptions {
  /** Adds the stack and every cause. */
  readonly debug: boolean;
  /** The status for an error that does not bring its own. */
  readonly status?: number;
  /** Says what to do about the error, if anything is known. */
  readonly advise?: (error: Error) => string | undefined;
}

/** An error as text for a person and as an exit status. */
export interface ErrorReport {
  /** The lines for standard error; empty where nothing is to be said. */
  readonly text: string;
  /** The exit status. */
  readonly status: number;
}

/**
 * Turns an error into what a person reads and the status that the process exits with: the message, why (the causes
 * that the message does not already contain), and what to do about it.
 *
 * A `TypeError` and its like are mistakes in snapvm, not in its input: they are shown with their stack.
 */
export function reportError(error: unknown, options: ReportOptions): ErrorReport {
  const status = error instanceof CommandFailure
    ? error.status
    : options.status ?? ExitStatus.failure;
  if (!(error instanceof Error)) {
    return { text: `${paint("error:", "red")} ${readable(String(error))}\n`, status };
  }
  if (error.message === "" && error instanceof CommandFailure) return { text: "", status };
  const lines = [`${paint("error:", "red")} ${readable(error.message || error.name)}`];
  let said = error.message;
  for (const cause of causes(error)) {
    // That something is not there is what the message said already.
    if (said.includes(cause.message) || cause instanceof Deno.errors.NotFound) continue;
    if (said.includes(reasonOf(cause))) continue;
    lines.push(`  because: ${readable(cause.message)}`);
    said += cause.message;
  }
  const advice = options.advise?.(error);
  if (advice !== undefined) lines.push(`${paint("hint:", "cyan")} ${readable(advice)}`);
  if (isMistake(error)) {
    lines.push("This is a mistake in snapvm: please report it with the lines below.");
  }
  if (options.debug || isMistake(error)) {
    lines.push(
      ...[error, ...causes(error)].map((each) => printableLines(each.stack ?? String(each))),
    );
  }
  return { text: lines.join("\n") + "\n", status };
}

function causes(error: Error): Error[] {
  const found: Error[] = [];
  for (
    let cause = error.cause;
    cause instanceof Error && found.length < 8;
    cause = cause.cause
  ) found.push(cause);
  return found;
}

/** The line ends of a message, but not one before what would look like a line of snapvm's own. */
const LINE_ENDS = /\n(?![^\p{L}\n]*(?:error|because|hint|warning|debug):)/u;

/** A message, without the numbers of the system's errors, which nobody needs. */
function readable(message: string): string {
  return printableLines(message.replace(/ \(os error \d+\)/g, ""));
}

/** Some messages are lists, a line for each, and so are stacks. */
function printableLines(text: string): string {
  return text.split(LINE_ENDS).map(printable).join("\n");
}
