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
