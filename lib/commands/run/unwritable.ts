import { CommandFailure, ExitStatus } from "../../ui/mod.ts";

/** The failure of a run whose file `path`, which is `what`, cannot be written: known before anything is started. */
export function unwritable(what: string, path: string, cause: unknown): CommandFailure {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new CommandFailure(`Cannot write ${what} ${path}: ${why}`, {
    status: ExitStatus.notStarted,
    advice: "Name a file in a folder that exists and that you can write to.",
    cause,
  });
}
