import { SnapvmError } from "../../error/mod.ts";
import { findProgram, isFile, join, lockFile, removeIfThere } from "../../host/mod.ts";

/** The key of a machine for ssh. */
export interface MachineKey {
  /** The file of the private key. */
  readonly path: string;
  /** The line for `authorized_keys`. */
  readonly line: string;
}

/** Gives a machine's key, and makes it with `ssh-keygen` if there is none yet. */
export async function machineKey(folder: string, machine: string): Promise<MachineKey> {
  const path = join(folder, "id_ed25519");
  if (!await isFile(`${path}.pub`)) await makeKey(path, machine);
  return { path, line: (await Deno.readTextFile(`${path}.pub`)).trim() };
}

async function makeKey(path: string, machine: string): Promise<void> {
  using _lock = await lockFile(`${path}.lock`);
  if (await isFile(`${path}.pub`)) return;
  const program = await findProgram("ssh-keygen");
  if (program === undefined) throw noSsh("ssh-keygen");
  const made = `${path}.new`;
  await removeIfThere(made);
  await removeIfThere(`${made}.pub`);
  const { success, code, stderr } = await new Deno.Command(program, {
    args: ["-q", "-t", "ed25519", "-N", "", "-C", `snapvm ${machine}`, "-f", made],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) {
    throw new SnapvmError(
      "program-failed",
      `Cannot make a key for ${machine}: ssh-keygen: ${new TextDecoder().decode(stderr).trim()}`,
      { data: { program: "ssh-keygen", status: code } },
    );
  }
  // The public key last: it says that both are there.
  await Deno.rename(made, path);
  await Deno.rename(`${made}.pub`, `${path}.pub`);
}

/** The error of a system without OpenSSH. */
export function noSsh(program: string): SnapvmError<"program-not-found"> {
  return new SnapvmError("program-not-found", `Cannot run ${program}: it is not installed`, {
    data: { program },
  });
}
