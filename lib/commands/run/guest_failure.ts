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

/** Adds the last lines of the guest's console to an error that they may explain. Leaves other errors as they are. */
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
