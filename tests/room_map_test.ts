import assert from "node:assert/strict";
import { type Command, type CommandGroup, isGroup } from "../lib/commands/command_line/command.ts";
import { optionName } from "../lib/commands/command_line/option.ts";
import { PROGRAM } from "../lib/commands/program.ts";
import { findFaults, type Modules, parseRooms } from "./support/room_map.ts";

const ROOT = new URL("../", import.meta.url);

/** Options for the tests of the checks themselves. */
const OPTIONS = ["store", "platform"];

const MAP = `
| room          | imports       | subject | knows nothing of |
| ------------- | ------------- | ------- | ---------------- |
| \`lib/left/\`   |               | …       | Apple            |
| \`lib/middle/\` | left          | …       | the command line |
| \`lib/right/\`  | left, middle  | …       |                  |
| \`tests/\`      | everything    | …       |                  |
`;

const TRUE: Readonly<Record<string, string>> = {
  "lib/left/mod.ts": 'export * from "./a.ts";',
  "lib/left/a.ts": "",
  "lib/middle/mod.ts": 'import { a } from "../left/mod.ts";',
  "lib/right/mod.ts": 'import type { a } from "../left/mod.ts";\nawait import("../middle/mod.ts");',
  "cli.ts": 'import "./lib/right/mod.ts";',
};

Deno.test("findFaults() finds each kind of import and row that breaks the map", async (t) => {
  const rows: { name: string; change: Record<string, string>; map?: string; fault: string }[] = [
    {
      name: "a room to the right",
      change: { "lib/left/a.ts": 'import type { b } from "../middle/mod.ts";' },
      fault: "lib/left/a.ts imports lib/middle/mod.ts, which is to its right",
    },
    {
      name: "past a door",
      change: { "lib/middle/mod.ts": 'export { a } from "../left/a.ts";' },
      fault: "lib/middle/mod.ts reaches past a door: lib/left/a.ts",
    },
    {
      name: "past a door, from outside of the rooms",
      change: { "cli.ts": 'await import("./lib/left/a.ts");' },
      fault: "cli.ts reaches past a door: lib/left/a.ts",
    },
    {
      name: "a helper of the tests",
      change: { "lib/left/a.ts": 'import { b } from "../../tests/left/support/b.ts";' },
      fault: "lib/left/a.ts imports a test's: tests/left/support/b.ts",
    },
    {
      name: "a circle",
      change: { "lib/left/a.ts": 'import type { b } from "./mod.ts";' },
      fault: "a circle: lib/left/mod.ts → lib/left/a.ts → lib/left/mod.ts",
    },
    {
      name: "a row that names an import too many",
      change: { "lib/middle/mod.ts": "" },
      fault: "the row of lib/middle names lib/left, which it does not import",
    },
    {
      name: "a row that leaves an import out",
      change: {},
      map: MAP.replace("left, middle", "middle"),
      fault: "the row of lib/right does not name lib/left, which it imports",
    },
    {
      name: "a room that knows what it should not",
      change: { "lib/left/a.ts": "// as Apple does" },
      fault: 'lib/left/a.ts knows of Apple: "Apple"',
    },
    {
      name: "a room that knows an option of the command line",
      change: { "lib/middle/b.ts": 'throw new Error("Give --platform.");' },
      fault: 'lib/middle/b.ts knows of the command line: "--platform"',
    },
    {
      name: "a row of a room that is gone",
      change: {},
      map: `${MAP}| \`lib/gone/\` | | … | |\n`,
      fault: "the row of lib/gone: there is no such room",
    },
    {
      name: "a row that cannot be checked",
      change: {},
      map: MAP.replace("Apple", "the weather"),
      fault: 'the row of lib/left: nobody can check "the weather"',
    },
  ];
  await t.step("a map that is true", () => {
    assert.deepEqual(findFaults(parseRooms(MAP), new Map(Object.entries(TRUE)), OPTIONS), []);
  });
  for (const { name, change, map = MAP, fault } of rows) {
    await t.step(name, () => {
      const modules = new Map(Object.entries({ ...TRUE, ...change }));
      const faults = findFaults(parseRooms(map), modules, OPTIONS);
      assert.ok(faults.includes(fault), faults.join("\n"));
    });
  }
});

Deno.test("CONTRIBUTING's map has every room, and all that it says is true", async () => {
  const rooms = parseRooms(await Deno.readTextFile(new URL("CONTRIBUTING.md", ROOT)));
  const folders = Array.from(Deno.readDirSync(new URL("lib", ROOT)), ({ name }) => `lib/${name}`);
  const missing = folders.filter((folder) => !rooms.some((room) => room.folder === folder));
  assert.deepEqual(missing, []);
  assert.deepEqual(findFaults(rooms, await readModules(), optionsOf(PROGRAM)), []);
});

Deno.test("what helps tests stands apart from them, in folders named support", () => {
  const others = [...namesIn("tests/")].filter((path) =>
    path.endsWith(".ts") && !path.endsWith("_test.ts") &&
    !/\/support\/|^tests\/(?:bench|fixtures|support|vz_double)\//.test(path)
  );
  assert.deepEqual(others, []);
});

/** The options of a command and of those below it, without their dashes. */
function optionsOf(target: Command | CommandGroup): string[] {
  const own = Object.keys(target.options).map((name) => optionName(name).slice("--".length));
  return [...own, ...isGroup(target) ? target.commands.flatMap(optionsOf) : []];
}

/** The paths of the files in a folder and below it. */
function* namesIn(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(new URL(folder, ROOT))) {
    if (isDirectory) yield* namesIn(`${folder}${name}/`);
    else yield `${folder}${name}`;
  }
}

/** Every module that is not a test, by its path. */
async function readModules(): Promise<Modules> {
  const modules = new Map<string, string>();
  const folders = ["lib/", "ffi/", "scripts/"].flatMap((folder) => [...namesIn(folder)]);
  for (const path of ["cli.ts", "mod.ts", ...folders.filter((name) => name.endsWith(".ts"))]) {
    const text = await Deno.readTextFile(new URL(path, ROOT));
    // The bytes of a program may look like any word.
    modules.set(path, text.startsWith("// Generated by scripts/embed_agent.ts") ? "" : text);
  }
  return modules;
}
