import { ExitStatus, print } from "../ui/mod.ts";
import { isGroup } from "./command_line/command.ts";
import type { FoundCommand } from "./command_line/find_command.ts";
import { ownWords } from "./command_line/own_words.ts";
import { parseWords } from "./command_line/parse_words.ts";
import { findOften } from "./find_often.ts";
import { version } from "./version.ts";

/** Runs the command that the words name. Throws what it throws, and a `CommandFailure` if the words are wrong. */
export async function runWords(args: readonly string[]): Promise<void> {
  const found = await find(args);
  const { path, target } = found;
  if (isGroup(target)) {
    const words = ownWords(found.words);
    if (words.includes("--version") || words.includes("-V")) return print(`${version}\n`);
    if (words.includes("--help") || words.includes("-h")) return await printHelpOf(found);
    const [word] = words;
    if (word !== undefined) {
      const { unknownWord } = await import(
        import.meta.resolve("./command_line/unknown_word.ts")
      ) as typeof import("./command_line/unknown_word.ts");
      throw await unknownWord(path, target, word);
    }
    Deno.exitCode = ExitStatus.usage;
    return await printHelpOf(found, Deno.stderr);
  }
  const parsed = await parseWords(target, path, found.words);
  if (parsed === "version") return print(`${version}\n`);
  if (parsed === "help") return await printHelpOf(found);
  const run = await target.load();
  await run(parsed.options, ...parsed.operands);
}

async function find(args: readonly string[]): Promise<FoundCommand> {
  const often = await findOften(args[0]);
  if (often !== undefined) {
    return { path: `snapvm ${often.name}`, target: often, words: args.slice(1) };
  }
  const [{ findCommand }, { PROGRAM }] = await Promise.all([
    import(import.meta.resolve("./command_line/find_command.ts")) as Promise<
      typeof import("./command_line/find_command.ts")
    >,
    import(import.meta.resolve("./program.ts")) as Promise<typeof import("./program.ts")>,
  ]);
  return findCommand(PROGRAM, args);
}

async function printHelpOf(
  found: FoundCommand,
  target: typeof Deno.stdout | typeof Deno.stderr = Deno.stdout,
): Promise<void> {
  const help = await import(import.meta.resolve("./help.ts")) as typeof import("./help.ts");
  help.printHelpOf(found, target);
}
