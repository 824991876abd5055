import assert from "node:assert/strict";
import { formatTable } from "../../lib/ui/mod.ts";

const plain = { isTerminal: () => false };

Deno.test("formatTable() aligns by what a terminal shows, and leaves no space at the end", async () => {
  const table = await formatTable(
    [{ heading: "NAME" }, { heading: "SIZE", alignRight: true }, { heading: "NOTE" }],
    [["日本", "1K", "wide"], ["a", "512M", ""]],
    plain,
  );
  assert.equal(table, "NAME  SIZE  NOTE\n日本    1K  wide\na     512M\n");
});

Deno.test("formatTable() shows control characters as text, each row on a line of its own", async () => {
  const table = await formatTable(
    [{ heading: "NAME" }, { heading: "NOTE" }],
    [["a\x1b[31m\nhint: b", "c\u009b"], ["d", "e"]],
    plain,
  );
  assert.equal(
    table,
    "NAME                  NOTE\na\\x1b[31m\\x0ahint: b  c\\x9b\nd                     e\n",
  );
});
