import assert from "node:assert/strict";
import { withImage } from "../../ext4/support/make_image.ts";
import { run, snapvm } from "../support/snapvm.ts";

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

/** Where each kind of file has what cannot be read: attributes, the map of the content, the target. */
const UNREADABLE = [
  "sif /etc/attributes file_acl 9999999",
  "sif /etc/content block[5] 99999",
  "sif /etc/link size 99999",
];

function fillWithFiles(root: string): void {
  Deno.mkdirSync(`${root}/etc`);
  for (const name of ["attributes", "content", "other", "readable"]) {
    Deno.writeTextFileSync(`${root}/etc/${name}`, `${name}\n`);
  }
  Deno.linkSync(`${root}/etc/attributes`, `${root}/etc/hard`);
  Deno.symlinkSync("readable", `${root}/etc/link`);
}

Deno.test("snapvm fs tar leaves out what cannot be read, and ends the archive", () =>
  withImage({ fill: fillWithFiles, commands: UNREADABLE }, async (image) => {
    const archive = await snapvm(["fs", "tar", `${image}:/etc`]);
    assert.equal(archive.status, 1);
    assert.deepEqual(
      archive.stderr.match(/(?<=^warning: )\S+(?=: Cannot read )/gm)?.toSorted(),
      ["/etc/attributes", "/etc/content", "/etc/hard", "/etc/link"],
    );
    const file = `${image}.tar`;
    await Deno.writeFile(file, archive.bytes);
    const listed = await run("tar", ["--list", "--file", file]);
    assert.deepEqual([listed.status, listed.stderr], [0, ""]);
    assert.deepEqual(listed.stdout.trimEnd().split("\n").toSorted(), ["./", "other", "readable"]);
  }));

Deno.test("snapvm fs cp leaves out what cannot be read, and keeps the rest", () =>
  withImage({ fill: fillWithFiles, commands: UNREADABLE }, async (image) => {
    const copy = `${image}-copy`;
    const copied = await snapvm(["fs", "cp", `${image}:/etc`, copy]);
    assert.equal(copied.status, 1);
    assert.deepEqual(
      copied.stderr.match(/(?<=^warning: )\S+(?=: Cannot read )/gm)?.toSorted(),
      ["/etc/content", "/etc/link"],
    );
    const names = Array.from(Deno.readDirSync(copy), ({ name }) => name).toSorted();
    assert.deepEqual(names, ["attributes", "hard", "other", "readable"]);

    const alone = await snapvm(["fs", "cp", `${image}:/etc/content`, `${image}-file`]);
    assert.equal(alone.status, 1);
    assert.match(alone.stderr, /^error: Cannot read /);
    await assert.rejects(Deno.lstat(`${image}-file`), Deno.errors.NotFound);
  }));

Deno.test("snapvm fs cp leaves out names and targets that are not UTF-8, which fs tar keeps", () =>
  withImage({
    commands: [
      "mkdir /b",
      "mkdir /b/caf\xe8",
      "mkdir /b/caf\xe8/below",
      "mkdir /b/caf\xe9",
      // U+FFFD itself, and U+00E9.
      "mkdir /b/\xef\xbf\xbd",
      "mkdir /b/caf\xc3\xa9",
      "symlink /b/link t\xe9",
    ],
  }, async (image) => {
    const copy = `${image}-copy`;
    const copied = await snapvm(["fs", "cp", `${image}:/b`, copy]);
    assert.equal(copied.status, 1);
    assert.deepEqual(copied.stderr.trimEnd().split("\n").toSorted(), [
      "warning: /b/caf\\xe8: left out: its name is not UTF-8",
      "warning: /b/caf\\xe9: left out: its name is not UTF-8",
      "warning: /b/link: left out: what it points to is not UTF-8",
    ]);
    const names = Array.from(Deno.readDirSync(copy), ({ name }) => name).toSorted();
    assert.deepEqual(names, ["café", "\ufffd"]);

    await Deno.writeFile(`${image}.tar`, (await snapvm(["fs", "tar", `${image}:/b`])).bytes);
    const listed = await run("tar", ["--list", "--file", `${image}.tar`]);
    assert.deepEqual(listed.stdout.trimEnd().split("\n").toSorted(), [
      "./",
      "\\357\\277\\275/",
      "caf\\303\\251/",
      "caf\\350/",
      "caf\\350/below/",
      "caf\\351/",
      "link",
    ]);
  }));
