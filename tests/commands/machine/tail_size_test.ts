import assert from "node:assert/strict";
import { join } from "node:path";
import { tailSize } from "../../../lib/commands/machine/tail_size.ts";

Deno.test("tailSize() counts the bytes of the last lines of a file", async (t) => {
  const folder = await Deno.makeTempDir();
  const path = join(folder, "log");
  const long = "x".repeat(100_000);
  const rows: [name: string, text: string, lines: number, tail: string][] = [
    ["an empty file", "", 3, ""],
    ["more lines than there are", "a\nb\n", 3, "a\nb\n"],
    ["as many as there are", "a\nb\n", 2, "a\nb\n"],
    ["the last line", "a\nb\n", 1, "b\n"],
    ["a last line without an end", "a\nb\nc", 2, "b\nc"],
    ["empty lines", "a\n\n\n", 2, "\n\n"],
    ["longer than what is read at once", `a\n${long}\nb\n`, 2, `${long}\nb\n`],
    ["beyond what is read at once", `a\n${long}\nb\n`, 3, `a\n${long}\nb\n`],
  ];
  try {
    for (const [name, text, lines, tail] of rows) {
      await t.step(name, async () => {
        await Deno.writeTextFile(path, text);
        assert.equal(await tailSize(path, lines), tail.length);
      });
    }
    await t.step("no file", async () => assert.equal(await tailSize(`${path}.none`, 1), 0));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
