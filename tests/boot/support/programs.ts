/**
 * Other people's programs, and folders that last as long as a test.
 *
 * @module
 */

/** Runs a program to its end, bytes in and bytes out; throws its error output if it fails. */
export async function filter(
  [program = "", ...args]: readonly string[],
  input: Uint8Array = new Uint8Array(0),
  cwd?: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const child = new Deno.Command(program, {
    args,
    env: { LC_ALL: "C" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    ...(cwd !== undefined && { cwd }),
  }).spawn();
  // Read and write at the same time, so that neither pipe fills up while we wait for the other.
  const output = child.output();
  const writer = child.stdin.getWriter();
  await writer.write(input);
  await writer.close();
  const { code, stdout, stderr } = await output;
  if (code !== 0) {
    throw new Error(`${program} ended with status ${code}: ${new TextDecoder().decode(stderr)}`);
  }
  return stdout;
}

/** The output of a program, as text. */
export async function textOf(command: readonly string[], input?: Uint8Array): Promise<string> {
  return new TextDecoder().decode(await filter(command, input));
}

/** Calls `use` with a new folder, and removes it afterwards. */
export async function withFolder<Result>(
  use: (folder: string) => Promise<Result>,
): Promise<Result> {
  const folder = await Deno.makeTempDir({ prefix: "snapvm-boot-" });
  try {
    return await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
