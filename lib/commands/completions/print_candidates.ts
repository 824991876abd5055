import type { CommandGroup } from "../command_line/command.ts";
import { print, printable } from "../../ui/mod.ts";
import { propose } from "./propose.ts";

/** Control characters, because some end a line or a column, and U+FFFD, which names that are not UTF-8 contain. */
const UNPRINTABLE = /[\p{Cc}\ufffd]/u;

/** Prints what the last of some words can become, a line for each: the word, and after a tab what it is. */
export async function printCandidates(
  program: CommandGroup,
  words: readonly string[],
): Promise<void> {
  const candidates = await propose(program, words).catch(() => {
    // While a line is being typed, nobody wants to hear of a broken store or image.
    return [];
  });
  const lines = candidates
    .filter(({ value }) => !UNPRINTABLE.test(value))
    .map(({ value, description }) =>
      description ? `${value}\t${printable(description)}\n` : `${value}\n`
    );
  print([...new Set(lines)].sort().join(""));
}
