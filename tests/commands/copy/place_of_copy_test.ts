import assert from "node:assert/strict";
import { parseCopyOperand } from "../../../lib/commands/copy/parse_copy_operand.ts";
import {
  type CopyDestination,
  type CopySource,
  isContents,
  nameOf,
  placeOfCopy,
} from "../../../lib/commands/copy/place_of_copy.ts";

const FILE: CopySource = { name: "f", isFolder: false, isContents: false };
const FOLDER: CopySource = { name: "d", isFolder: true, isContents: false };
const CONTENTS: CopySource = { name: "d", isFolder: true, isContents: true };
const ROOT: CopySource = { name: "", isFolder: true, isContents: false };

/** The rules of docker-cp(1), one a row. */
const RULES: readonly [CopySource, string, CopyDestination["there"], string | RegExp][] = [
  [FILE, "/x", "nothing", "/x"],
  [FILE, "/x/", "nothing", /there is no such folder/],
  [FILE, "/x", "other", "/x"],
  [FILE, "/x/", "other", /it is not a folder/],
  [FILE, "/x", "folder", "/x/f"],
  [FILE, "/x/", "folder", "/x/f"],
  [FILE, "/", "folder", "/f"],
  [FILE, "./", "folder", "./f"],
  [FOLDER, "/x", "nothing", "/x"],
  [FOLDER, "/x/", "nothing", "/x"],
  [FOLDER, "/x", "other", /there is a file/],
  [FOLDER, "/x", "folder", "/x/d"],
  [FOLDER, "/x/.", "folder", "/x/d"],
  [CONTENTS, "/x", "nothing", "/x"],
  [CONTENTS, "/x", "other", /there is a file/],
  [CONTENTS, "/x/", "folder", "/x"],
  [CONTENTS, "/", "folder", "/"],
  [ROOT, "/x", "folder", "/x"],
  [ROOT, "/x", "nothing", "/x"],
];

Deno.test("placeOfCopy() follows the rules of docker cp", async (t) => {
  for (const [source, path, there, expected] of RULES) {
    await t.step(
      `${source.isFolder ? source.isContents ? "d/." : "d" : "f"} to ${path}, ${there}`,
      () => {
        if (expected instanceof RegExp) {
          assert.throws(() => placeOfCopy(source, { path, there }), { message: expected });
        } else assert.equal(placeOfCopy(source, { path, there }), expected);
      },
    );
  }
});

Deno.test("nameOf() gives the last name of a path", () => {
  const rows = { "/a/b": "b", "/a/b/": "b", "/a/b/.": "b", "/": "", "/.": "", "..": "", "a": "a" };
  for (const [path, name] of Object.entries(rows)) assert.equal(nameOf(path), name, path);
  assert.deepEqual(["/a/.", ".", "/a", "/a/", "/a."].map(isContents), [
    true,
    true,
    false,
    false,
    false,
  ]);
});

Deno.test("parseCopyOperand() tells paths here from paths in machines", () => {
  const rows = {
    "-": { kind: "stream" },
    "dev:/etc": { kind: "guest", machine: "dev", path: "/etc" },
    "dev:etc": { kind: "guest", machine: "dev", path: "/etc" },
    "dev:": { kind: "guest", machine: "dev", path: "/" },
    "dev:/a:b": { kind: "guest", machine: "dev", path: "/a:b" },
    "./dev:etc": { kind: "host", path: "./dev:etc" },
    "/dev:etc": { kind: "host", path: "/dev:etc" },
    "a/b:c": { kind: "host", path: "a/b:c" },
    ":x": { kind: "host", path: ":x" },
    "file": { kind: "host", path: "file" },
  };
  for (const [text, operand] of Object.entries(rows)) {
    assert.deepEqual(parseCopyOperand(text), operand, text);
  }
});
