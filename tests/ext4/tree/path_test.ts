import assert from "node:assert/strict";
import { showPath, splitPath } from "../../../lib/ext4/tree/path.ts";

Deno.test("splitPath() gives the names of a path", () => {
  const rows: [path: string, names: string[]][] = [
    ["", []],
    ["/", []],
    ["//", []],
    ["/etc", ["etc"]],
    ["etc", ["etc"]],
    ["//etc///passwd", ["etc", "passwd"]],
    ["/a/./../b", ["a", ".", "..", "b"]],
    ["/etc/", ["etc", ""]],
    ["/é", ["é"]],
  ];
  for (const [path, names] of rows) {
    const split = splitPath(path).map((name) => new TextDecoder().decode(name));
    assert.deepEqual(split, names, path);
    const ofBytes = splitPath(new TextEncoder().encode(path));
    assert.deepEqual(ofBytes, splitPath(path), path);
  }
});

Deno.test("showPath() quotes a path", () => {
  assert.equal(showPath('/a "b"'), String.raw`"/a \"b\""`);
  assert.equal(showPath(new Uint8Array([0x2f, 0xff])), '"/\ufffd"');
});
