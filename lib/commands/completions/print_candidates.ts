import type { CommandGroup } from "../command_line/command.ts";
import { print } from "../../ui/mod.ts";
import { propose } from "./propose.ts";

/** Characters that end a line or a column, or that no terminal shows, and what is left of a name that is not UTF-8. */
const UNPRINTABLE = /[\p{Cc}\ufffd]/u;

/** Prints what can stand for the last of some words, each with a tab and what it is behind it. */
export async function printCandidates(
  program: CommandGroup,
  words: readonly string[],
): Promise<void> {
  const candidates = await propose(program, words).catch(() => {
    // Somebody is typing: this is no time to complain about a store or an image.
    return [];
  });
  const lines = candidates
    .filter(({ value }) => !UNPRINTABLE.test(value))
    .map(({ value, description }) => description ? `${value}\t${description}\n` : `${value}\n`);
  print([...new Set(lines)].sort().join(""));
}
