/**
 * Runs all tests: `deno run -A scripts/run_tests.ts`. Two groups run beside each other, those that boot small guests and
 * those that do not: one processor each. The tests that boot whole images come last and take all processors.
 *
 * @module
 */

/** Rooms whose tests boot guests, or look at what their own process has open. */
const BOOTING = ["entitlement", "ffi", "launch", "vm"].map((room) => `tests/${room}`);
const END_TO_END = "tests/e2e";

const others = [`--ignore=${[...BOOTING, END_TO_END].join()}`, "tests"];
const small = await runBeside(BOOTING, others);
const endToEnd = await runBeside(["--parallel", END_TO_END]);
Deno.exit(small && endToEnd ? 0 : 1);

/** Runs `deno test` for each group of arguments, all at the same time, and says whether all have passed. */
async function runBeside(...groups: readonly (readonly string[])[]): Promise<boolean> {
  const [first, ...others] = groups.map((args, index) => {
    // What a group prints stays together: the first is shown as it goes, the others once it is done.
    const output = index === 0 ? "inherit" : "piped";
    return new Deno.Command(Deno.execPath(), {
      args: ["test", "--allow-all", ...args],
      // Newer versions of Deno look for what a test leaves open only when told.
      env: { DENO_TEST_SANITIZE_OPS: "1", DENO_TEST_SANITIZE_RESOURCES: "1" },
      stdin: "null",
      stdout: output,
      stderr: output,
    }).spawn();
  });
  const outputs = others.map((child) => child.output());
  let passed = (await first!.status).success;
  for (const { success, stdout, stderr } of await Promise.all(outputs)) {
    await Deno.stderr.write(stderr);
    await Deno.stdout.write(stdout);
    passed &&= success;
  }
  return passed;
}
