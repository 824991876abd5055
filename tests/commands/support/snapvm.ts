import { fileURLToPath } from "node:url";

/** The program. */
export const CLI = fileURLToPath(new URL("../../../cli.ts", import.meta.url));

/** How a child process ended. */
export interface Finished {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly bytes: Uint8Array;
}

/** Runs a program to its end. */
export async function run(
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Finished> {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    env: { LC_ALL: "C", TZ: "UTC", ...env },
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { status: code, stdout: text(stdout), stderr: text(stderr), bytes: stdout };
}

/** Runs snapvm as a person would, from the source. */
export function snapvm(args: readonly string[], env?: Record<string, string>): Promise<Finished> {
  return run(Deno.execPath(), ["run", "--quiet", "--allow-all", CLI, ...args], env);
}
