/**
 * Runs all tests: `deno run -A scripts/run_tests.ts`. Groups of rooms run beside each other, three at any time:
 * many of their tests wait for something. The tests that boot whole images come last, each file for itself.
 *
 * @module
 */

import { writeAllSync } from "../lib/host/mod.ts";

/** Rooms whose tests take a minute or more, those that take longest first; `undefined` is for all others. */
const GROUPS = [
  ["launch", "vm"],
  ["ext4"],
  undefined,
  ["entitlement", "ffi"],
  ["store"],
  ["commands"],
  ["oci"],
];
/** The examples in the comments, whose types nothing else checks. */
const EXAMPLES = ["--check", "--quiet", "--doc", "lib", "mod.ts"];
const GROUPS_AT_ONCE = 3;

const END_TO_END = "tests/e2e";
/** The files there that take a minute or more, the longest first: none of them is left alone in the end. */
const LONG_FILES = [
  ...["guests", "work", "faults", "images", "endings", "timeout"],
  ...["command", "interruption", "console", "machines"],
];
/** Those that boot the guest that is made last. */
const GUEST_FILES = ["work"];
/** Each of them boots up to two guests at the same time. */
const FILES_AT_ONCE = 2;

/** Arguments of `deno test`; `deno task ok` has checked the types of all files at once. */
type Group = readonly string[];

const others = [
  `--ignore=${[...GROUPS.flatMap((rooms) => rooms ?? []).map(pathOf), END_TO_END]}`,
  "tests",
];
// Guests for the tests that come last are made meanwhile: half of that is waiting.
const guests = new Deno.Command("nice", {
  args: ["-n", "5", Deno.execPath(), "run", "--allow-all", "tests/fixtures/guest_image.ts"],
  stdin: "null",
  stdout: "null",
}).spawn();
let areGuestsMade = false;
// If they could not be made, the tests try again, and say why they cannot.
const making = guests.status.then(() => areGuestsMade = true);
const rooms = [...GROUPS.map((rooms) => rooms?.map(pathOf) ?? others), EXAMPLES].values();
const files = endToEndFiles();
let filesAtOnce = 0;
let hasPassed = true;

await Promise.all(Array.from({ length: GROUPS_AT_ONCE }, async () => {
  for (const group of rooms) await runGroup(group);
  if (++filesAtOnce > FILES_AT_ONCE) return;
  for (let file; (file = await takeFile()) !== undefined;) await runGroup([file]);
}));
Deno.exit(hasPassed ? 0 : 1);

function pathOf(room: string): string {
  return `tests/${room}`;
}

/** Takes the first file, or the first that needs no guests as long as they are being made. */
async function takeFile(): Promise<string | undefined> {
  if (!areGuestsMade && files.every(needsGuests)) await making;
  const index = areGuestsMade ? 0 : files.findIndex((path) => !needsGuests(path));
  return files.splice(index, 1)[0];
}

function needsGuests(path: string): boolean {
  return GUEST_FILES.some((name) => path === `${END_TO_END}/${name}_test.ts`);
}

function endToEndFiles(): string[] {
  const all = Array.from(Deno.readDirSync(END_TO_END), ({ name }) => `${END_TO_END}/${name}`)
    .filter((path) => path.endsWith("_test.ts")).sort();
  const long = LONG_FILES.map((name) => `${END_TO_END}/${name}_test.ts`);
  return [
    ...long.filter((path) => all.includes(path)),
    ...all.filter((path) => !long.includes(path)),
  ];
}

/** Runs `deno test`, and shows what it prints once it is done: what a group prints stays together. */
async function runGroup(args: Group): Promise<void> {
  // deno-lint-ignore no-console -- who waits wants to know for what
  console.log(`Testing ${args.at(-1)}`);
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "--allow-all", ...args.includes("--check") ? [] : ["--no-check"], ...args],
    // Newer versions of Deno look for what a test leaves open only when told.
    env: { DENO_TEST_SANITIZE_OPS: "1", DENO_TEST_SANITIZE_RESOURCES: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  hasPassed &&= success;
  writeAllSync(Deno.stderr, stderr);
  writeAllSync(Deno.stdout, stdout);
}
