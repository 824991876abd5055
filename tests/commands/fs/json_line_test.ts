import assert from "node:assert/strict";
import { jsonLine } from "../../../lib/commands/fs/json_line.ts";
import { Corrupt, type FileInfo, type WalkEntry } from "../../../lib/ext4/mod.ts";

/** A regular file with what the rest of a test does not name. */
const plain = {
  mode: 0o100644,
  uid: 0,
  gid: 0,
  size: 0,
  nlink: 1,
  ino: 12,
  rdev: null,
  mtimespec: { seconds: 0, nanoseconds: 0 },
  isFile: true,
};

function entry(path: string, info: object = {}): WalkEntry {
  const pathBytes = new TextEncoder().encode(path);
  return { path, pathBytes, info: { ...plain, ...info } as FileInfo } as WalkEntry;
}

Deno.test("jsonLine() writes the members of an entry in their order", () => {
  assert.equal(
    jsonLine(entry("/etc/hostname", { size: 5, ino: 2 ** 32 - 1 }), {}),
    JSON.stringify({
      path: "/etc/hostname",
      type: "file",
      mode: "0644",
      uid: 0,
      gid: 0,
      size: 5,
      nlink: 1,
      ino: 4_294_967_295,
      mtime: "1970-01-01T00:00:00Z",
    }),
  );
});

Deno.test("jsonLine() tells entries apart that follow each other", () => {
  const infos = [
    { mode: 0o100644 },
    { mode: 0o100600 },
    { mode: 0o100600, uid: 1000 },
    { mode: 0o100600, uid: 1000, gid: 1000 },
    { mode: 0o100600, uid: 1000, gid: 1000, mtimespec: { seconds: 1, nanoseconds: 0 } },
    { mode: 0o100600, uid: 1000, gid: 1000, mtimespec: { seconds: 1, nanoseconds: 5 } },
    { mode: 0o100644 },
  ];
  const lines = infos.map((info) => JSON.parse(jsonLine(entry("/a", info), {})));
  assert.deepEqual(
    lines.map(({ mode, uid, gid, mtime }) => [mode, uid, gid, mtime.slice(17)]),
    [
      ["0644", 0, 0, "00Z"],
      ["0600", 0, 0, "00Z"],
      ["0600", 1000, 0, "00Z"],
      ["0600", 1000, 1000, "00Z"],
      ["0600", 1000, 1000, "01Z"],
      ["0600", 1000, 1000, "01.000000005Z"],
      ["0644", 0, 0, "00Z"],
    ],
  );
});

Deno.test("jsonLine() escapes what comes out of an image as JSON.stringify does", () => {
  const texts = [
    'a"b',
    "back\\slash",
    "\0\n\t\x1f\x7f",
    "\u2028\u{1f427}",
    "\ud800",
    "",
    "</script>",
  ];
  for (const text of texts) {
    const link = { mode: 0o120777, isFile: false, isSymlink: true };
    const line = jsonLine(entry(`/${text}`, link), { target: text });
    assert.equal(line, JSON.stringify(JSON.parse(line)), text);
    const { path, target, type } = JSON.parse(line);
    assert.deepEqual([path, target, type], [`/${text}`, text, "symlink"]);
  }
});

Deno.test("jsonLine() adds the bytes of a path that is not UTF-8, and the number of a device", () => {
  const name = { ...entry("/\ufffd"), pathBytes: new Uint8Array([0x2f, 0xff]) } as WalkEntry;
  assert.equal(JSON.parse(jsonLine(name, {})).pathBytes, "L/8=");
  assert.match(jsonLine(name, {}), /^\{"path":"\/\ufffd","pathBytes":"L\/8=","type":"file",/);
  const device = {
    mode: 0o020666,
    isFile: false,
    isCharDevice: true,
    rdev: { major: 1, minor: 3 },
  };
  const line = jsonLine(entry("/dev/null", device), {});
  assert.match(
    line,
    /"type":"character-device".*,"mtime":"1970-01-01T00:00:00Z","device":"1:3"\}$/,
  );
  assert.equal(line, JSON.stringify(JSON.parse(line)));
});

Deno.test("jsonLine() writes only the path and the error of an entry that cannot be read", () => {
  const error = new Corrupt("inode", 'it says "no"', { inode: 12 });
  const broken = { path: "/a", pathBytes: new Uint8Array(), error } as unknown as WalkEntry;
  const wanted = JSON.stringify({ path: "/a", error: error.message });
  assert.equal(jsonLine(broken, {}), wanted);
  assert.equal(jsonLine(entry("/a"), { error }), wanted);
});
