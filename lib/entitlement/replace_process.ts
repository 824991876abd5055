/** The C library, which every program of the system has loaded. */
const C_LIBRARIES: Partial<Record<typeof Deno.build.os, string>> = {
  darwin: "/usr/lib/libSystem.B.dylib",
  linux: "libc.so.6",
};

/**
 * Replaces this process by another program (`execv`): it keeps the process's number, standard streams, working
 * directory and environment, gets its signals, and its exit status is ours. So nothing has to be passed on.
 *
 * @param program The program's path.
 * @param args Its arguments.
 * @throws {Error} If the system does not start the program; otherwise this does not return.
 */
export function replaceProcess(program: string, args: readonly string[]): void {
  const library = C_LIBRARIES[Deno.build.os];
  if (library === undefined) {
    throw new Error(`Cannot start ${program}: ${Deno.build.os} is unknown`);
  }
  const { symbols } = Deno.dlopen(library, {
    execv: { parameters: ["buffer", "buffer"], result: "i32" },
  });
  const words = [program, ...args].map((word) => new TextEncoder().encode(`${word}\0`));
  // One buffer, which the garbage collector does not move during the call.
  const text = new Uint8Array(words.reduce((length, word) => length + word.length, 0));
  const start = Deno.UnsafePointer.value(Deno.UnsafePointer.of(text));
  const pointers = new BigUint64Array(words.length + 1);
  let offset = 0;
  for (const [index, word] of words.entries()) {
    text.set(word, offset);
    pointers[index] = start + BigInt(offset);
    offset += word.length;
  }
  symbols.execv(text, pointers);
  throw new Error(`Cannot start ${program}: the system refuses`);
}
