import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runProgram } from "../../../../scripts/images/mod.ts";

const AGENT = fileURLToPath(new URL("../../../../lib/guest/agent", import.meta.url));

/** The options of {@linkcode compileAgent}. */
export interface CompileAgentOptions {
  /** The compiler's sanitizers. */
  readonly sanitizers: string;
  /** A file with another `main` than the agent's own. */
  readonly main?: string;
}

/** Compiles the agent for this machine, against its own C library and with sanitizers, as the program `output`. */
export async function compileAgent(
  output: string,
  { sanitizers, main }: CompileAgentOptions,
): Promise<void> {
  const sources = main === undefined ? [] : [main];
  for await (const { name } of Deno.readDir(AGENT)) {
    // The sanitizers have an allocator of their own, and look at calls of the C library.
    if (!name.endsWith(".c") || name === "memory.c" || name === "library.c") continue;
    if (name === "main.c" && main !== undefined) continue;
    sources.push(join(AGENT, name));
  }
  await runProgram("clang-19", [
    ...["-std=gnu17", "-D_GNU_SOURCE", "-O1", "-g1", "-Wall", "-Wextra", "-Werror"],
    ...["-Wno-missing-field-initializers", "-fno-omit-frame-pointer"],
    ...[`-fsanitize=${sanitizers}`, "-fno-sanitize-recover=undefined"],
    ...["-I", AGENT, "-o", output, ...sources],
  ]);
}
