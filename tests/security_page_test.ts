import assert from "node:assert/strict";

/** A row of docs/security.md: a claim, and the file and the name of the test that holds it. */
const ROW = /^\| `([a-z-]+)` +\| .* \| `(tests\/[\w/]+_test\.ts)`: (.*\S) +\|$/gm;

Deno.test("each claim of docs/security.md has a test of that name", async () => {
  const text = await Deno.readTextFile(new URL("../docs/security.md", import.meta.url));
  const rows = [...text.matchAll(ROW)];
  const claims = [...text.matchAll(/^\| `([a-z-]+)`/gm)].map(([, claim]) => claim);
  assert.deepEqual(rows.map(([, claim]) => claim), claims);
  assert.equal(new Set(claims).size, claims.length);
  const missing: string[] = [];
  for (const [, claim, file, name] of rows) {
    const code = await Deno.readTextFile(new URL(`../${file}`, import.meta.url)).catch(() => "");
    if (!code.includes(JSON.stringify(name))) missing.push(`${claim}: ${file}: ${name}`);
  }
  assert.deepEqual(missing, []);
});
