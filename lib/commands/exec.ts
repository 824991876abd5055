import { startCommand } from "../guest/mod.ts";
import { CommandFailure, ExitStatus, terminalSize, withStatus } from "../ui/mod.ts";
import { Interruption } from "./interruption.ts";
import { type OpenGuest, openGuest } from "./machine/open_guest.ts";
import { runInTerminal, runProcess } from "./machine/run_process.ts";

interface ExecOptions {
  readonly interactive?: true | undefined;
  readonly tty?: true | undefined;
  readonly env: readonly string[];
  readonly workdir?: string | undefined;
  readonly user?: string | undefined;
}

/** What a terminal that does not know its size is taken for. */
const USUAL_SIZE = { columns: 80, rows: 24 };

/** `snapvm exec`. */
export async function exec(
  options: ExecOptions,
  name: string,
  ...command: string[]
): Promise<void> {
  await using guest = await openForWork(name);
  const { tty, env, workdir, user } = options;
  const process = startCommand(guest.connection, {
    arguments: command,
    environment: Object.fromEntries(env.map(withOwnValue)),
    folder: workdir,
    user: user ?? guest.machine.record?.user,
    ...tty && { terminal: terminalSize() ?? USUAL_SIZE },
  });
  Deno.exitCode = tty ? await runInTerminal(process) : await runProcess(process);
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
    terminal: terminalSize() ?? USUAL_SIZE,
  });
  Deno.exitCode = await runInTerminal(process);
}

async function openForWork(name: string): Promise<OpenGuest> {
  using interruption = new Interruption();
  return await openGuest(name, interruption.signal).catch((error) => {
    throw withStatus(error, ExitStatus.notStarted);
  });
}

/** `NAME` alone means the value that it has here, as with podman. */
function withOwnValue(variable: string): [name: string, value: string] {
  const equals = variable.indexOf("=");
  if (equals < 0) return [variable, Deno.env.get(variable) ?? ""];
  return [variable.slice(0, equals), variable.slice(equals + 1)];
}
