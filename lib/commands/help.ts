import { type CommandGroup, isGroup } from "./command_line/command.ts";
import { findCommand, type FoundCommand } from "./command_line/find_command.ts";
import { formatHelp } from "./command_line/format_help.ts";
import { unknownWord } from "./command_line/unknown_word.ts";
import { print } from "../ui/mod.ts";

/** The width if there is no terminal, or it does not say its own. */
const DEFAULT_WIDTH = 80;
/** Narrower columns cannot be read: such a terminal may wrap the lines itself. */
const MIN_WIDTH = 40;

/** Prints the help of the command that some words name. */
export async function printHelp(program: CommandGroup, names: readonly string[]): Promise<void> {
  const found = findCommand(program, names);
  const [rest] = found.words;
  if (rest !== undefined && isGroup(found.target)) {
    throw await unknownWord(found.path, found.target, rest);
  }
  printHelpOf(found);
}

/** Prints the help of a command, by default to standard output. */
export function printHelpOf(
  found: FoundCommand,
  target: typeof Deno.stdout | typeof Deno.stderr = Deno.stdout,
): void {
  const columns = target.isTerminal() ? Deno.consoleSize().columns : 0;
  print(formatHelp(found, Math.max(columns || DEFAULT_WIDTH, MIN_WIDTH)), target);
}
