/**
 * Runs all tests: `deno run -A scripts/run_tests.ts`. Groups of rooms run beside each other, three at any time:
 * many of their tests wait for something. The tests that boot whole images come last and take all processors.
 *
 * @module
 */

import { writeAll } from "../lib/host/mod.ts";

/** Tests that boot guests, or look at what their own process has open. They take longest, so they come first. */
const BOOTING = ["entitlement", "ffi", "launch", "vm"];
/** Rooms whose tests take a minute or more each. */
const LONG = [["ext4"], ["oci"], ["store"], ["commands"]];
const END_TO_END = "e2e";
const GROUPS_AT_ONCE = 3;

const others = [
  `--ignore=${pathsOf([...BOOTING, ...LONG.flat(), END_TO_END]).join()}`,
  "tests",
];
// Guests for the tests that come last are made meanwhile: most of that is waiting.
const guests = new Deno.Command("nice", {
  args: ["-n", "10", Deno.execPath(), "run", "--allow-all", "tests/fixtures/guest_image.ts"],
  stdin: "null",
  stdout: "null",
}).spawn();
const rooms = await runGroups([pathsOf(BOOTING), ...LONG.map(pathsOf), others], GROUPS_AT_ONCE);
// If they could not be made, the tests try again, and say why they cannot.
await guests.status;
const endToEnd = await runGroups([["--parallel", ...pathsOf([END_TO_END])]], 1);
Deno.exit(rooms && endToEnd ? 0 : 1);

function pathsOf(rooms: readonly string[]): string[] {
  return rooms.map((room) => `tests/${room}`);
}

/** Runs `deno test` for each group of arguments, so many at the same time, and says whether all have passed. */
async function runGroups(groups: readonly (readonly string[])[], atOnce: number): Promise<boolean> {
  const waiting = groups.entries();
  let passed = true;
  const work = async () => {
    for (const [index, args] of waiting) {
      // What a group prints stays together: the first is shown as it goes, the others once each is done.
      const output = index === 0 ? "inherit" : "piped";
      const child = new Deno.Command(Deno.execPath(), {
        args: ["test", "--allow-all", ...args],
        // Newer versions of Deno look for what a test leaves open only when told.
        env: { DENO_TEST_SANITIZE_OPS: "1", DENO_TEST_SANITIZE_RESOURCES: "1" },
        stdin: "null",
        stdout: output,
        stderr: output,
      }).spawn();
      const shown = output === "piped" ? show(child) : undefined;
      passed = (await child.status).success && passed;
      await shown;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return passed;
}

/** Keeps what a process prints until it ends, and prints it then. */
async function show(child: Deno.ChildProcess): Promise<void> {
  const { stdout, stderr } = await child.output();
  await writeAll(Deno.stderr, stderr);
  await writeAll(Deno.stdout, stdout);
}
