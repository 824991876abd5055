import { Command, CommanderError, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { ExitStatus, print, reportError } from "../ui/mod.ts";
import { adviceFor } from "./advice.ts";
import { catalog } from "./catalog.ts";
import { paragraphs } from "./paragraphs.ts";
import { version } from "./version.ts";

const DESCRIPTION = paragraphs(`
Boots a container image as the operating system that it is: its own kernel, its own
initramfs, its own init, in a virtual machine.
`);

const FOOTER = `
IMAGE is a reference (quay.io/fedora/fedora-bootc:42, alpine), a digest or a
unique prefix of one, or a path to an ext4 file (it starts with /, ./ or ../).

Exit status: that of CMD; otherwise 0, 1 for a failure, 2 for wrong usage, 124
when --timeout ran out, 125 when snapvm failed before the guest ran, 130 on
Ctrl-C.`;

/** A reader that went away ends snapvm as it ends other programs: 128 + SIGPIPE. */
const BROKEN_PIPE_STATUS = 141;

/**
 * Runs one command line, and leaves the exit status in `Deno.exitCode`. Errors are printed, never thrown.
 *
 * @param args the words behind the program's name
 */
export async function runCommandLine(args: readonly string[]): Promise<void> {
  try {
    const program = await programFor(args);
    if (args.length === 0) program.help({ error: true });
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    Deno.exitCode = statusOf(error, ownWords(args).includes("--debug"));
  }
}

/** The words that are snapvm's: those behind `--` belong to the command in the guest. */
function ownWords(args: readonly string[]): readonly string[] {
  const end = args.indexOf("--");
  return end < 0 ? args : args.slice(0, end);
}

function statusOf(error: unknown, debug: boolean): number {
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? ExitStatus.success : ExitStatus.usage;
  }
  if (error instanceof Deno.errors.BrokenPipe) return BROKEN_PIPE_STATUS;
  const report = reportError(error, { debug, advise: adviceFor });
  try {
    print(report.text, Deno.stderr);
  } catch {
    // Nobody reads standard error; the status still tells.
  }
  return report.status;
}

async function programFor(args: readonly string[]): Promise<CommandUnknownOpts> {
  const program = new Command("snapvm")
    .description(DESCRIPTION)
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .addHelpText("after", FOOTER);
  const [first, second] = ownWords(args).filter((word) => !word.startsWith("-"));
  const called = first === "help" ? second : first;
  for (const entry of catalog) {
    const command = entry.name === called ? await entry.load() : new Command(entry.name);
    program.addCommand(
      command.summary(entry.summary).usage(`[options] ${entry.operands}`.trimEnd()),
    );
  }
  configure(program);
  return program;
}

/** How every command prints and ends, whatever its depth. */
function configure(command: CommandUnknownOpts): void {
  command
    .exitOverride()
    .helpOption("-h, --help", "print this help")
    .showHelpAfterError(`(${pathOf(command)} --help tells more)`)
    .configureOutput({
      writeOut: (text) => print(text),
      writeErr: (text) => print(text, Deno.stderr),
    })
    .configureHelp({ showGlobalOptions: false });
  for (const child of command.commands) configure(child);
}

function pathOf(command: CommandUnknownOpts): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}
