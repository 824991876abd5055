import { CommandFailure, ExitStatus, print, reportError } from "../ui/mod.ts";
import { ownWords } from "./command_line/own_words.ts";
import { version } from "./version.ts";

/** The status if nobody reads the output any more, as with other programs: 128 + SIGPIPE. */
const BROKEN_PIPE_STATUS = 141;

/** The word with which this program owns a machine in the background. */
const SUPERVISE = "supervise";

/**
 * Runs one command line, and leaves the exit status in `Deno.exitCode`. Errors are printed, never thrown.
 *
 * @param args The words after the program's name.
 */
export async function runCommandLine(args: readonly string[]): Promise<void> {
  try {
    // This needs no command, so it loads none.
    if (args[0] === "--version" || args[0] === "-V") return print(`${version}\n`);
    // Nor is this for people: what owns a machine in the background loads no more than that takes.
    if (args.length === 1 && args[0] === SUPERVISE) return await supervise();
    const { runWords } = await import(
      import.meta.resolve("./run_words.ts")
    ) as typeof import("./run_words.ts");
    await runWords(args);
  } catch (error) {
    Deno.exitCode = await statusOf(error, ownWords(args).includes("--debug"));
  }
}

async function supervise(): Promise<void> {
  const { supervise } = await import(
    import.meta.resolve("../vm/mod.ts")
  ) as typeof import("../vm/mod.ts");
  await supervise();
}

async function statusOf(error: unknown, debug: boolean): Promise<number> {
  if (error instanceof Deno.errors.BrokenPipe) return BROKEN_PIPE_STATUS;
  const { adviceFor } = await import(
    import.meta.resolve("./advice.ts")
  ) as typeof import("./advice.ts");
  // A stack does not explain a wrong command line.
  const isUsage = error instanceof CommandFailure && error.status === ExitStatus.usage;
  const report = reportError(error, { debug: debug && !isUsage, advise: adviceFor });
  try {
    print(report.text, Deno.stderr);
  } catch {
    // Nobody reads standard error. The exit status still says it.
  }
  return report.status;
}
