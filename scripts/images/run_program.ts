/** How {@linkcode runProgram} runs a program. */
export interface RunProgramOptions {
  /** Environment variables beside those of this process. */
  readonly env?: Record<string, string>;
  /** What the program reads on its standard input; default: nothing. */
  readonly input?: string;
}

/** A program that could not be started or that failed. */
export class ProgramFailed extends Error {
  override name = "ProgramFailed";
}

// Debian keeps mke2fs, debugfs and depmod where the PATH of an ordinary user does not look.
const SYSTEM_FOLDERS = "/usr/sbin:/sbin";

/**
 * Runs a program to its end and returns what it wrote to its standard output.
 *
 * @throws {ProgramFailed} if it cannot be started or ends with another status than 0; the message has its last words.
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: RunProgramOptions = {},
): Promise<string> {
  const command = new Deno.Command("env", {
    args: [program, ...args],
    env: {
      ...options.env,
      LC_ALL: "C",
      PATH: `${Deno.env.get("PATH") ?? "/usr/bin:/bin"}:${SYSTEM_FOLDERS}`,
    },
    stdin: options.input === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  });
  const process = command.spawn();
  if (options.input !== undefined) {
    const writer = process.stdin.getWriter();
    await writer.write(new TextEncoder().encode(options.input));
    await writer.close();
  }
  const { code, stdout, stderr } = await process.output();
  const text = new TextDecoder();
  if (code !== 0) {
    const words = text.decode(stderr).trim().split("\n").slice(-5).join("\n");
    throw new ProgramFailed(`Cannot run ${[program, ...args].join(" ")}: status ${code}\n${words}`);
  }
  return text.decode(stdout);
}
