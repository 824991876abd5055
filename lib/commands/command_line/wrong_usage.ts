import { CommandFailure, ExitStatus } from "../../ui/mod.ts";

/** The error for a wrong command line. `path` names the command whose help says what would be right. */
export function wrongUsage(path: string, message: string): CommandFailure {
  return new CommandFailure(`${message}\n(${path} --help tells more)`, {
    status: ExitStatus.usage,
  });
}
