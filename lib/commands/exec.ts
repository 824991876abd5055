import { startCommand } from "../guest/mod.ts";
import { CommandFailure, ExitStatus, withStatus } from "../ui/mod.ts";
import { Interruption } from "./interruption.ts";
import {
  commandEnvironment,
  type CommandOptions,
  ownTerminalSize,
} from "./machine/command_options.ts";
import { type OpenGuest, openGuest } from "./machine/open_guest.ts";
import { runInTerminal, runProcess } from "./machine/run_process.ts";

/** `snapvm exec`. */
export async function exec(
  options: CommandOptions,
  name: string,
  ...command: string[]
): Promise<void> {
  await using guest = await openForWork(name);
  const { tty, env, workdir, user } = options;
  const process = startCommand(guest.connection, {
    arguments: command,
    environment: commandEnvironment(env),
    folder: workdir,
    user: user ?? guest.machine.record?.user,
    ...tty && { terminal: ownTerminalSize() },
  });
  const program = command[0] ?? "";
  Deno.exitCode = tty ? await runInTerminal(process, program) : await runProcess(process, program);
}

/** `snapvm shell`. */
export async function shell(
  { user }: { readonly user?: string | undefined },
  name: string,
): Promise<void> {
  if (!Deno.stdin.isTerminal()) {
    throw new CommandFailure("Cannot start a shell: standard input is not a terminal", {
      status: ExitStatus.usage,
      advice: `Run a command without one: snapvm exec ${name} -- CMD`,
    });
  }
  await using guest = await openForWork(name);
  const process = startCommand(guest.connection, {
    arguments: [],
    login: true,
    user: user ?? guest.machine.record?.user,
    terminal: ownTerminalSize(),
  });
  Deno.exitCode = await runInTerminal(process, "a shell");
}

async function openForWork(name: string): Promise<OpenGuest> {
  using waiting = new DisposableStack();
  let interruption: Interruption | undefined;
  const interrupted = () => (interruption ??= waiting.use(new Interruption())).signal;
  return await openGuest(name, interrupted).catch((error) => {
    throw withStatus(error, ExitStatus.notStarted);
  });
}
