import { type Command, type CommandGroup, isGroup } from "./command.ts";

/** The command that some words lead to. */
export interface FoundCommand {
  /** The words up to it: `snapvm fs ls`. */
  readonly path: string;
  /** The command, or the group if no word names one of its commands. */
  readonly target: Command | CommandGroup;
  /** The words after it. */
  readonly words: readonly string[];
}

/** Follows the words that name commands. */
export function findCommand(program: CommandGroup, words: readonly string[]): FoundCommand {
  let target: Command | CommandGroup = program;
  let path = program.name;
  let taken = 0;
  while (isGroup(target)) {
    const next: Command | CommandGroup | undefined = target.commands.find(({ name }) =>
      name === words[taken]
    );
    if (next === undefined) break;
    target = next;
    path += ` ${next.name}`;
    taken++;
  }
  return { path, target, words: words.slice(taken) };
}
