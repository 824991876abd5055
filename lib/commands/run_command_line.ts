import { CommandFailure, ExitStatus, print, reportError } from "../ui/mod.ts";
import { isGroup } from "./command_line/command.ts";
import { findCommand } from "./command_line/find_command.ts";
import { lazily } from "./command_line/lazily.ts";
import { unknownWord } from "./command_line/unknown_word.ts";
import { printHelpOf } from "./help.ts";
import { PROGRAM } from "./program.ts";
import { version } from "./version.ts";

// Every command waits for what is imported above; what a command does is loaded with `lazily`.

/** A reader that went away ends snapvm as it ends other programs: 128 + SIGPIPE. */
const BROKEN_PIPE_STATUS = 141;

/**
 * Runs one command line, and leaves the exit status in `Deno.exitCode`. Errors are printed, never thrown.
 *
 * @param args The words after the program's name.
 */
export async function runCommandLine(args: readonly string[]): Promise<void> {
  try {
    await runWords(args);
  } catch (error) {
    Deno.exitCode = await statusOf(error, ownWords(args).includes("--debug"));
  }
}

/** The words that are snapvm's: those after `--` belong to the command in the guest. */
function ownWords(words: readonly string[]): readonly string[] {
  const end = words.indexOf("--");
  return end < 0 ? words : words.slice(0, end);
}

async function runWords(args: readonly string[]): Promise<void> {
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
  const { parseWords } = await lazily<typeof import("./command_line/parse_words.ts")>(
    import.meta.resolve("./command_line/parse_words.ts"),
  );
  const parsed = await parseWords(target, path, found.words);
  if (parsed === "version") return print(`${version}\n`);
  if (parsed === "help") return printHelpOf(found);
  const run = await target.load();
  await run(parsed.options, ...parsed.operands);
}

async function statusOf(error: unknown, debug: boolean): Promise<number> {
  if (error instanceof Deno.errors.BrokenPipe) return BROKEN_PIPE_STATUS;
  const { adviceFor } = await lazily<typeof import("./advice.ts")>(
    import.meta.resolve("./advice.ts"),
  );
  // A command line that is wrong has no story behind it.
  const isUsage = error instanceof CommandFailure && error.status === ExitStatus.usage;
  const report = reportError(error, { debug: debug && !isUsage, advise: adviceFor });
  try {
    print(report.text, Deno.stderr);
  } catch {
    // Nobody reads standard error; the status still tells.
  }
  return report.status;
}
