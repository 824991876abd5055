/**
 * Runs a piece of TypeScript as another user than root, in a process of its own, and returns what it prints.
 *
 * @param imports What it imports: it can read no module any more when it runs.
 * @param script The statements.
 * @param home A folder that becomes the other user's.
 */
export async function runAsAnotherUser(
  imports: string,
  script: string,
  home: string,
): Promise<string> {
  await Deno.chown(home, ANOTHER_USER, null);
  const program = `
    ${imports}
    const libc = Deno.dlopen("libc.so.6", { seteuid: { parameters: ["u32"], result: "i32" } });
    if (libc.symbols.seteuid(${ANOTHER_USER}) !== 0) throw new Error("This takes root.");
    ${script}`;
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-config", "--ext=ts", program],
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

/** `nobody`, but any would do that is not root. */
const ANOTHER_USER = 65534;
