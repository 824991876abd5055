import assert from "node:assert/strict";
import { findOften } from "../../lib/commands/find_often.ts";
import { PROGRAM } from "../../lib/commands/program.ts";
import { loadedModules } from "./support/loaded_modules.ts";

Deno.test("findOften() finds the commands that the program has, and leaves the others to it", async () => {
  const found: string[] = [];
  for (const command of PROGRAM.commands) {
    const often = await findOften(command.name);
    if (often === undefined) continue;
    assert.equal(often, command);
    found.push(often.name);
  }
  assert.deepEqual(found, ["run", "ps", "exec", "shell", "ssh", "cp", "ssh-proxy"]);
  for (const word of [undefined, "", "--help", "constructor", "__proto__"]) {
    assert.equal(await findOften(word), undefined);
  }
});

Deno.test("a command in a machine that runs loads nothing that only images or new machines need", async (t) => {
  const rows: { file: string; rooms: string[] }[] = [
    { file: "run_words", rooms: ["commands", "error", "ui"] },
    { file: "exec", rooms: ["commands", "error", "guest", "host", "machines", "ui"] },
    { file: "ssh_proxy", rooms: ["commands", "error", "guest", "host", "machines", "ui"] },
    { file: "cp", rooms: ["commands", "error", "guest", "host", "machines", "ui"] },
    { file: "ps", rooms: ["commands", "error", "host", "machines", "ui"] },
  ];
  for (const { file, rooms } of rows) {
    await t.step(file, async () => {
      const loaded = await loadedModules(`lib/commands/${file}.ts`);
      const others = loaded.filter((path) => !/^(?:lib\/|deno\.json$)/.test(path));
      assert.deepEqual(others, []);
      assert.deepEqual(loaded.filter((path) => path.startsWith("lib/commands/definitions/")), []);
      const found = loaded.flatMap((path) => /^lib\/(\w+)\//.exec(path)?.[1] ?? []);
      assert.deepEqual([...new Set(found)].sort(), rooms);
    });
  }
});
