import { ExitStatus, print } from "../ui/mod.ts";
import { isGroup } from "./command_line/command.ts";
import { findCommand } from "./command_line/find_command.ts";
import { ownWords } from "./command_line/own_words.ts";
import { unknownWord } from "./command_line/unknown_word.ts";
import { printHelpOf } from "./help.ts";
import { PROGRAM } from "./program.ts";
import { version } from "./version.ts";

/** Runs the command that the words name. Throws what it throws, and a `CommandFailure` if the words are wrong. */
export async function runWords(args: readonly string[]): Promise<void> {
  const found = findCommand(PROGRAM, args);
  const { path, target } = found;
  if (isGroup(target)) {
    const words = ownWords(found.words);
    if (words.includes("--version") || words.includes("-V")) return print(`${version}\n`);
    if (words.includes("--help") || words.includes("-h")) return printHelpOf(found);
    const [word] = words;
    if (word !== undefined) throw await unknownWord(path, target, word);
    Deno.exitCode = ExitStatus.usage;
    return printHelpOf(found, Deno.stderr);
  }
  const { parseWords } = await import(
    import.meta.resolve("./command_line/parse_words.ts")
  ) as typeof import("./command_line/parse_words.ts");
  const parsed = await parseWords(target, path, found.words);
  if (parsed === "version") return print(`${version}\n`);
  if (parsed === "help") return printHelpOf(found);
  const run = await target.load();
  await run(parsed.options, ...parsed.operands);
}
