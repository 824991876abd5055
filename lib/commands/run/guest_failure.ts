import { hasCode } from "../../error/mod.ts";
import { CommandFailure, ExitStatus, formatDuration } from "../../ui/mod.ts";
import type { ConsoleLog } from "./console_log.ts";

/** The failure of a run that took longer than `limit` milliseconds, with the last lines of the guest's console. */
export function timeoutFailure(limit: number, doing: string, log: ConsoleLog): CommandFailure {
  const message = `Cannot finish in ${formatDuration(limit)}: the guest was still ${doing}`;
  return new CommandFailure(message + lastLines(log), {
    status: ExitStatus.timeout,
    advice: "Give it more time with --timeout, or look on with --console-log FILE.",
  });
}

/** An error with the last lines of the guest's console, if it is one that they explain; any other error as it is. */
export function withConsole(error: unknown, log: ConsoleLog): unknown {
  if (!hasCode(error, "guest-failed", "machine-ended")) return error;
  return new CommandFailure(error.message + lastLines(log), {
    status: ExitStatus.failure,
    cause: error,
  });
}

function lastLines(log: ConsoleLog): string {
  const tail = log.tail();
  return tail === "" ? "" : `\nThe last lines on its console:\n${tail}`;
}
