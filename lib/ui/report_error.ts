import { CommandFailure, isMistake } from "./command_failure.ts";
import { ExitStatus } from "./exit_status.ts";
import { paint } from "./paint.ts";
import { printable } from "./printable.ts";
import { reasonOf } from "../error/mod.ts";

/** How to show an error. */
export interface ReportOptions {
  /** Whether to show the stack and every cause. */
  readonly debug: boolean;
  /** The status for an error without one of its own. */
  readonly status?: number;
  /** Says what to do about the error; `undefined` if nothing is known. */
  readonly advise?: (error: Error) => string | undefined;
}

/** An error as text for people and as an exit status. */
export interface ErrorReport {
  /** The lines for standard error; empty if there is nothing to say. */
  readonly text: string;
  /** The exit status. */
  readonly status: number;
}

/**
 * Turns an error into text for people and the exit status of the process. The text has the message, the causes that the
 * message does not already contain, and what to do about it.
 *
 * A `TypeError` and its like are mistakes in snapvm, not in its input, and are shown with their stack.
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
    // The message already says that something is missing.
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

/** The most causes that are shown: causes may form a circle. */
const MAX_CAUSES = 8;

function causes(error: Error): Error[] {
  const found: Error[] = [];
  for (
    let cause = error.cause;
    cause instanceof Error && found.length < MAX_CAUSES;
    cause = cause.cause
  ) found.push(cause);
  return found;
}

/** The line ends of a message, except one before text that looks like a line of snapvm's own. */
const LINE_ENDS = /\n(?![^\p{L}\n]*(?:error|because|hint|warning|debug):)/u;

/** A message without the numbers of system errors, which nobody needs. */
function readable(message: string): string {
  return printableLines(message.replace(/ \(os error \d+\)/g, ""));
}

/** Makes each line printable: some messages are lists, and stacks are too. */
function printableLines(text: string): string {
  return text.split(LINE_ENDS).map(printable).join("\n");
}
