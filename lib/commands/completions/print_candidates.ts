import type { CommandGroup } from "../command_line/command.ts";
import { print, printable } from "../../ui/mod.ts";
import { propose } from "./propose.ts";

/** Control characters, some of which end a line or a column, and what a name that is not UTF-8 has in it. */
const UNPRINTABLE = /[\p{Cc}\ufffd]/u;

/** Prints what the last of some words can become, a line for each: the word, and after a tab what it is. */
export async function printCandidates(
  program: CommandGroup,
  words: readonly string[],
): Promise<void> {
  const candidates = await propose(program, words).catch(() => {
    // A broken store or image is nothing to report while a line is being typed.
    return [];
  });
  const lines = candidates
    .filter(({ value }) => !UNPRINTABLE.test(value))
    .map(({ value, description }) =>
      description ? `${value}\t${printable(description)}\n` : `${value}\n`
    );
  print([...new Set(lines)].sort().join(""));
}
