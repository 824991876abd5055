/**
 * Other people's programs, and folders that last as long as a test.
 *
 * @module
 */

/** Runs a program to its end, bytes in and bytes out; throws what it says when it fails. */
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
  // Reading and writing at once: neither pipe may fill up while the other is waited for.
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

/** What a program prints, as text. */
export async function textOf(command: readonly string[], input?: Uint8Array): Promise<string> {
  return new TextDecoder().decode(await filter(command, input));
}

/** Calls `use` with a new folder, which is removed afterwards. */
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
