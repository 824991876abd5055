import { type CommandGroup, isShown } from "./command.ts";
import { optionName, withHelp } from "./option.ts";
import { suggestion } from "./suggestion.ts";
import { wrongUsage } from "./wrong_usage.ts";

/** The error for a word that is neither a command nor an option of a group. */
export async function unknownWord(
  path: string,
  group: CommandGroup,
  word: string,
): Promise<Error> {
  if (/^-./.test(word)) {
    const names = Object.keys(withHelp(group.options)).map(optionName);
    return wrongUsage(path, `unknown option '${word}'${await suggestion(word, names)}`);
  }
  const names = group.commands.filter(isShown).map(({ name }) => name);
  return wrongUsage(path, `unknown command '${word}'${await suggestion(word, names)}`);
}
