import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runProgram } from "../../../scripts/images/mod.ts";
import { compileAgent } from "./support/compile_agent.ts";

const SUPPORT = fileURLToPath(new URL("./support", import.meta.url));

Deno.test("the agent's parsers of bytes from outside survive what a fuzzer makes of them", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const [program, corpus] = [join(folder, "fuzz"), join(folder, "corpus")];
    await Deno.mkdir(corpus);
    await compileAgent(program, {
      sanitizers: "address,undefined,fuzzer",
      main: join(SUPPORT, "parsers_fuzz.c"),
    });
    // Runs rather than seconds: how busy the machine is does not change what is tested.
    await runProgram(program, [
      ...["-runs=20000", "-seed=1", "-max_len=70000", "-timeout=20", "-print_final_stats=0"],
      corpus,
      join(SUPPORT, "corpus"),
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the agent reads addresses as the C library does", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const program = join(folder, "addresses");
    await compileAgent(program, {
      sanitizers: "address,undefined",
      main: join(SUPPORT, "addresses_main.c"),
    });
    await runProgram(program, []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
