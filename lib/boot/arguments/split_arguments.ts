/**
 * Splits a kernel command line into its arguments as the kernel does (`next_arg` in lib/cmdline.c): at white space
 * outside double quotes. The arguments keep their quotes; a quote that is still open at the end is closed.
 *
 * @param text A command line.
 * @returns Its arguments.
 */
export function splitArguments(text: string): string[] {
  const found = text.match(/(?:"[^"]*"?|[^\s\p{Cc}"])+/gu) ?? [];
  return found.map((argument) => {
    const oneLine = argument.replace(/\p{Cc}/gu, " ");
    return isBalanced(oneLine) ? oneLine : `${oneLine}"`;
  });
}

function isBalanced(argument: string): boolean {
  return (argument.match(/"/g)?.length ?? 0) % 2 === 0;
}
