import { SnapvmError } from "../../error/mod.ts";
import type { GuestCommandOptions } from "./start_command.ts";

/**
 * Makes sure that a command is one, before there is a guest to refuse it.
 *
 * @param command The command.
 * @throws {SnapvmError} `invalid-command` if it has something that no process can be given.
 */
export function checkCommand(command: GuestCommandOptions): void {
  const { arguments: words = [], environment = {}, folder, user, login = false } = command;
  if (words.length === 0 && !login) {
    throw invalid("Cannot run a command: there is no program in it");
  }
  if (words.some((word) => word.includes("\0"))) {
    throw invalid("Cannot run the command: an argument has a NUL character");
  }
  for (const [name, value] of Object.entries(environment)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      throw invalid(`Cannot set the variable ${JSON.stringify(name)}: not a name`);
    }
    if (value.includes("\0")) {
      throw invalid(`Cannot set the variable ${name}: its value has a NUL character`);
    }
  }
  if (folder?.includes("\0")) {
    throw invalid("Cannot run the command: its folder has a NUL character");
  }
  if (user?.includes("\0")) throw invalid("Cannot run the command: its user has a NUL character");
}

function invalid(message: string): SnapvmError {
  return new SnapvmError("invalid-command", message, { data: {} });
}
