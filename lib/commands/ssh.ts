import { authorizeKey } from "../guest/mod.ts";
import { findProgram, join, snapvmHome } from "../host/mod.ts";
import { print, withStatus } from "../ui/mod.ts";
import { ExitStatus } from "../ui/mod.ts";
import { findMachine } from "../machines/mod.ts";
import { Interruption } from "./interruption.ts";
import { openGuest } from "./machine/open_guest.ts";
import { connectSshServer } from "./ssh/connect_ssh_server.ts";
import { machineKey, noSsh } from "./ssh/machine_key.ts";
import { selfWords } from "./ssh/self_words.ts";
import { sshConfigBlock, sshHost } from "./ssh/ssh_config_block.ts";
import { readSshWords } from "./ssh/ssh_words.ts";

interface UserOption {
  readonly user?: string | undefined;
}

/** `snapvm ssh`. */
export async function ssh({ user }: UserOption, name: string, ...words: string[]): Promise<void> {
  try {
    const program = await findProgram("ssh");
    if (program === undefined) throw noSsh("ssh");
    const { folder, block } = await prepare(name, words, user);
    const config = join(folder, "ssh_config");
    await Deno.writeTextFile(config, block, { mode: 0o600 });
    Deno.exitCode = await runSsh(program, ["-F", config, sshHost(name), ...words]);
  } catch (error) {
    throw withStatus(error, ExitStatus.notStarted);
  }
}

/** Waits for the guest, makes sure that it has a server, and gives the configuration to reach it with. */
async function prepare(
  name: string,
  words: readonly string[],
  given: string | undefined,
): Promise<{ folder: string; block: string }> {
  using interruption = new Interruption();
  await using guest = await openGuest(name, () => interruption.signal);
  const { machine, connection } = guest;
  const { user = given ?? machine.record?.user ?? "root", port } = readSshWords(words);
  const key = await machineKey(machine.path, name);
  const [socket] = await Promise.all([
    connectSshServer(connection, name, { port, signal: interruption.signal }),
    authorizeKey(connection, { user, key: key.line }),
  ]);
  socket.close();
  const block = sshConfigBlock({
    machine: name,
    user,
    identityFile: key.path,
    self: selfWords(),
  });
  return { folder: machine.path, block };
}

async function runSsh(program: string, args: readonly string[]): Promise<number> {
  // Ctrl-C is for ssh, which has the same terminal.
  const ignore = () => {};
  const child = new Deno.Command(program, { args: [...args], stdin: "inherit" }).spawn();
  const end = () => child.kill("SIGTERM");
  Deno.addSignalListener("SIGINT", ignore);
  Deno.addSignalListener("SIGTERM", end);
  try {
    return (await child.status).code;
  } finally {
    Deno.removeSignalListener("SIGINT", ignore);
    Deno.removeSignalListener("SIGTERM", end);
  }
}

/** `snapvm ssh-config`. */
export async function sshConfig({ user }: UserOption, name: string): Promise<void> {
  const machine = await findMachine(snapvmHome(), name);
  const key = await machineKey(machine.path, name);
  print(sshConfigBlock({
    machine: name,
    user: user ?? machine.record?.user ?? "root",
    identityFile: key.path,
    self: selfWords(),
  }));
}
