import assert from "node:assert/strict";
import { cpioArchive, type CpioEntry } from "../../../lib/boot/mod.ts";
import { filter, textOf, withFolder } from "../support/programs.ts";

const LONG = "long/".repeat(50) + "name";
const ENTRIES: readonly CpioEntry[] = [
  { type: "directory", path: "etc", mode: 0o755 },
  { type: "file", path: "etc/empty", mode: 0o600, content: "" },
  ...[1, 2, 3, 4, 5].map((size) => ({
    type: "file" as const,
    path: `etc/${"x".repeat(size)}`,
    mode: 0o644,
    content: "content".slice(0, size),
  })),
  { type: "file", path: "etc/größe", mode: 0o4755, uid: 1000, gid: 70000, content: "é\n" },
  { type: "symlink", path: "init", mode: 0o777, target: "usr/lib/systemd/systemd" },
  { type: "character-device", path: "console", mode: 0o620, major: 5, minor: 1 },
  { type: "block-device", path: "vda", mode: 0o660, gid: 6, major: 253, minor: 70000 },
];

async function archiveOf(entries: Iterable<CpioEntry>): Promise<Uint8Array<ArrayBuffer>> {
  return await new Blob([...cpioArchive(entries)]).bytes();
}

Deno.test("cpioArchive() writes what cpio lists", async () => {
  const archive = await archiveOf(ENTRIES);
  assert.equal(archive.length % 4, 0);
  const listing = await textOf(["cpio", "--list", "--verbose", "--numeric-uid-gid"], archive);
  const rows = listing.trimEnd().split("\n").map((line) =>
    // GNU cpio prints the year for a time of 0.
    line.replace(/Jan\s+1\s+1970 /, "").replace(/\s+/g, " ")
  );
  assert.deepEqual(rows, [
    "drwxr-xr-x 2 0 0 0 etc",
    "-rw------- 1 0 0 0 etc/empty",
    ...[1, 2, 3, 4, 5].map((size) => `-rw-r--r-- 1 0 0 ${size} etc/${"x".repeat(size)}`),
    "-rwsr-xr-x 1 1000 70000 3 etc/größe",
    "lrwxrwxrwx 1 0 0 23 init -> usr/lib/systemd/systemd",
    "crw--w---- 1 0 0 5, 1 console",
    "brw-rw---- 1 0 6 253, 70000 vda",
  ]);
});

for (const program of [["cpio"], ["busybox", "cpio"]]) {
  Deno.test(`cpioArchive() writes what ${program.join(" ")} unpacks`, async () => {
    const entries: CpioEntry[] = [
      ...ENTRIES,
      ...LONG.split("/").slice(0, -1).map((_, i, parts): CpioEntry => ({
        type: "directory",
        path: parts.slice(0, i + 1).join("/"),
        mode: 0o755,
      })),
      { type: "file", path: LONG, mode: 0o644, content: new Uint8Array(100_001).fill(7) },
    ];
    await withFolder(async (folder) => {
      await filter([...program, "-i"], await archiveOf(entries), folder);
      for (const entry of entries) {
        const path = `${folder}/${entry.path}`;
        const info = await Deno.lstat(path);
        assert.equal(info.uid, entry.uid ?? 0);
        assert.equal(info.gid, entry.gid ?? 0);
        if (entry.type === "symlink") {
          assert.equal(await Deno.readLink(path), entry.target);
          continue;
        }
        assert.equal((info.mode ?? 0) & 0o7777, entry.mode, entry.path);
        assert.equal(info.isDirectory, entry.type === "directory");
        assert.equal(info.isCharDevice, entry.type === "character-device");
        assert.equal(info.isBlockDevice, entry.type === "block-device");
        if (entry.type !== "file") continue;
        const content = typeof entry.content === "string"
          ? new TextEncoder().encode(entry.content)
          : entry.content;
        assert.deepEqual(await Deno.readFile(path), content);
      }
    });
  });
}

Deno.test("cpioArchive() makes the same bytes of the same entries", async () => {
  assert.deepEqual(await archiveOf(ENTRIES), await archiveOf(ENTRIES));
});

Deno.test("cpioArchive() refuses what a cpio archive cannot hold", () => {
  const file = { type: "file", path: "a", mode: 0o644, content: "" } as const;
  const rows: readonly CpioEntry[] = [
    ...["", "/a", "a/", "a//b", "../a", "a/./b", "a\0b", "TRAILER!!!", "x".repeat(4096)].map((
      path,
    ) => ({ ...file, path })),
    { ...file, uid: -1 },
    { ...file, gid: 2 ** 32 },
    { type: "block-device", path: "a", mode: 0, major: 1.5, minor: 0 },
  ];
  for (const entry of rows) {
    assert.throws(() => [...cpioArchive([entry])], RangeError, JSON.stringify(entry));
  }
});
