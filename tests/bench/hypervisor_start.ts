import type { CommandLine } from "./process.ts";

/** A `snapvm run` whose QEMU is a script that leaves a file and ends. */
export interface HypervisorStart {
  /** The command line of snapvm. */
  readonly command: CommandLine;
  /** The environment beside this process's own. */
  readonly env: Readonly<Record<string, string>>;
  /** The script's folder. */
  readonly folder: string;
}

/** Writes the script that stands in for QEMU into a folder. */
export async function writeStandIn(folder: string): Promise<void> {
  const script = `#!/bin/sh\n: >${folder}/started\nexit 1\n`;
  await Deno.writeTextFile(standIn(folder), script, { mode: 0o755 });
}

function standIn(folder: string): string {
  return `${folder}/qemu-system-${Deno.build.arch}`;
}

/** How long snapvm takes before it starts QEMU, in milliseconds: until the script's file is there. */
export async function timeToStart({ command, env, folder }: HypervisorStart): Promise<number> {
  const [program, ...words] = command;
  const start = Date.now();
  const { code } = await new Deno.Command(program, {
    args: words,
    env: { ...env, PATH: `${folder}:${Deno.env.get("PATH")}`, QEMU_BIN: standIn(folder) },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).output();
  // It must end so when the machine does not start; anything else does not count.
  if (code !== 125) throw new Error(`snapvm run ended with ${code}`);
  const mark = `${folder}/started`;
  const { mtime } = await Deno.stat(mark);
  await Deno.remove(mark);
  return mtime!.getTime() - start;
}
