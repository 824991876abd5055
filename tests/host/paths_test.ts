import assert from "node:assert/strict";
import * as node from "node:path/posix";
import fc from "fast-check";
import { basename, dirname, isAbsolute, join, resolve } from "../../lib/host/mod.ts";

/** Paths of a few short names, `.` and `..`, with single and doubled slashes anywhere. */
const paths = fc.array(fc.constantFrom("/", "//", "a", "b.c", ".", "..", "\n"), { maxLength: 9 })
  .map((parts) => parts.join(""));
/** Node's dirname() keeps some of several slashes that stand together; snapvm's keeps none. */
const usual = paths.filter((path) => !path.includes("//"));

Deno.test("paths are joined, resolved and taken apart as node:path does", () => {
  fc.assert(fc.property(fc.array(paths, { maxLength: 4 }), (parts) => {
    assert.equal(join(...parts), node.join(...parts));
    assert.equal(resolve(...parts), node.resolve(...parts));
  }));
  fc.assert(fc.property(paths, (path) => {
    assert.equal(basename(path), node.basename(path));
    assert.equal(isAbsolute(path), node.isAbsolute(path));
  }));
  fc.assert(fc.property(usual, (path) => {
    assert.equal(dirname(path), node.dirname(path));
  }));
});
