import assert from "node:assert/strict";
import { withImage } from "../../ext4/make_image.ts";
import { snapvm } from "../snapvm.ts";

Deno.test("snapvm fs tree enters a folder that has two names once, and one that is in itself once", () =>
  withImage({
    commands: [
      "mkdir /a",
      "mkdir /a/x",
      "mkdir /a/y",
      "mkdir /b",
      "link /a /a/x/loop",
      "link /b /a/x/second",
      "mkdir /b/inside",
    ],
  }, async (image) => {
    const drawn = await snapvm(["fs", "tree", `${image}:/`]);
    assert.equal(drawn.status, 1);
    assert.equal(
      drawn.stdout,
      [
        "/",
        "├── a",
        "│   ├── x",
        "│   │   ├── loop (broken)",
        "│   │   └── second",
        "│   │       └── inside",
        "│   └── y",
        "├── b (broken)",
        "└── lost+found",
        "",
        "6 folders, 0 files",
        "",
      ].join("\n"),
    );
    const why = "Cannot read the directory of inode \\d+: it is in itself, or has two names\n";
    assert.match(
      drawn.stderr,
      new RegExp(`^warning: /a/x/loop: ${why}warning: /b: ${why}$`),
    );
    const told = await snapvm(["fs", "tree", "--json", `${image}:/`]);
    assert.equal(told.status, 1);
    const [, b] = JSON.parse(told.stdout).contents;
    assert.deepEqual(Object.keys(b), ["name", "error"]);
  }));
