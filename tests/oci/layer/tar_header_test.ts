import assert from "node:assert/strict";
import {
  tarEnd,
  tarHeader,
  type TarMember,
  tarPadding,
} from "../../../lib/oci/layer/tar_header.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const plain: TarMember = {
  path: bytes("file"),
  type: "file",
  mode: 0o640,
  uid: 0,
  gid: 0,
  size: 0,
  mtimeNs: 0n,
};

/** Writes an archive of members whose data is given, and calls `use` with a folder that holds it as `a.tar`. */
async function withArchive(
  members: readonly { member: TarMember; data?: Uint8Array }[],
  use: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    using file = await Deno.open(`${folder}/a.tar`, { write: true, create: true });
    for (const { member, data = new Uint8Array() } of members) {
      for (const part of [tarHeader(member), data, tarPadding(data.length)]) file.writeSync(part);
    }
    file.writeSync(tarEnd);
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function run(command: string, args: string[], expectedErrors = /^$/): Promise<string> {
  const output = await new Deno.Command(command, {
    args,
    env: { TZ: "UTC", LC_ALL: "C" },
  })
    .output();
  assert.match(new TextDecoder().decode(output.stderr), expectedErrors);
  assert.equal(output.code, 0);
  return new TextDecoder().decode(output.stdout);
}

Deno.test("tarHeader() is understood by GNU tar: types, owners, modes, times, long names", async () => {
  const long = `${"directory/".repeat(30)}name`;
  await withArchive([
    { member: { ...plain, path: bytes("./"), type: "directory", mode: 0o1777 } },
    { member: { ...plain, path: bytes("a"), size: 3 }, data: bytes("abc") },
    { member: { ...plain, path: bytes("b"), type: "link", linkPath: bytes("a") } },
    { member: { ...plain, path: bytes("c"), type: "symlink", linkPath: bytes(long) } },
    {
      member: {
        ...plain,
        path: bytes("tty"),
        type: "character-device",
        device: { major: 5, minor: 1 },
      },
    },
    {
      member: {
        ...plain,
        path: bytes("disk"),
        type: "block-device",
        device: { major: 253, minor: 1048575 },
      },
    },
    { member: { ...plain, path: bytes("pipe"), type: "fifo" } },
    { member: { ...plain, path: bytes(long), uid: 4_000_000_000, gid: 3_000_000, mode: 0o4755 } },
    { member: { ...plain, path: bytes("größe") } },
    { member: { ...plain, path: bytes("late"), mtimeNs: 13_569_465_600_123_456_789n } },
  ], async (folder) => {
    const listing = await run("tar", [
      "--list",
      "--verbose",
      "--numeric-owner",
      "--full-time",
      "--quoting-style=literal",
      "--show-stored-names",
      "--file",
      `${folder}/a.tar`,
    ]);
    assert.deepEqual(listing.trimEnd().split("\n").map((line) => line.replace(/ +/g, " ")), [
      "drwxrwxrwt 0/0 0 1970-01-01 00:00:00 ./",
      "-rw-r----- 0/0 3 1970-01-01 00:00:00 a",
      "hrw-r----- 0/0 0 1970-01-01 00:00:00 b link to a",
      `lrw-r----- 0/0 0 1970-01-01 00:00:00 c -> ${long}`,
      "crw-r----- 0/0 5,1 1970-01-01 00:00:00 tty",
      "brw-r----- 0/0 253,1048575 1970-01-01 00:00:00 disk",
      "prw-r----- 0/0 0 1970-01-01 00:00:00 pipe",
      `-rwsr-xr-x 4000000000/3000000 0 1970-01-01 00:00:00 ${long}`,
      "-rw-r----- 0/0 0 1970-01-01 00:00:00 größe",
      "-rw-r----- 0/0 0 2400-01-01 00:00:00.123456789 late",
    ]);
  });
});

Deno.test("tarHeader() keeps names that are not UTF-8, and xattrs of any bytes", async () => {
  const name = Uint8Array.of(0x66, 0xff, 0xfe);
  const capability = Uint8Array.of(1, 0, 0, 2, 0, 0x0a, 0, 0x3d, 0xff, 0, 0, 0);
  // GNU tar takes every name as bytes, and says that POSIX's word for it is new to it.
  const unknown = /^\S+: Ignoring unknown extended header keyword 'hdrcharset'\n$/;
  await withArchive([{
    member: {
      ...plain,
      path: name,
      xattrs: new Map([["user.a=b%c", capability], ["user.empty", new Uint8Array()]]),
    },
  }], async (folder) => {
    await run("tar", [
      "--extract",
      "--xattrs",
      "--xattrs-include=*",
      "--directory",
      folder,
      "--file",
      `${folder}/a.tar`,
    ], unknown);
    const command = "cd \"$1\" && getfattr --dump --match=- --encoding=hex $'f\\xff\\xfe'";
    assert.equal(
      await run("bash", ["-c", command, "bash", folder]),
      "# file: f\ufffd\ufffd\n" +
        "user.a\\075b%c=0x01000002000a003dff000000\nuser.empty=0x\n\n",
    );
  });
});

Deno.test("tarHeader() stores a sparse file that GNU tar unpacks with its holes", async () => {
  const size = 3 * 2 ** 40;
  const dataRanges = [{ offset: 0, length: 512 }, { offset: 2 ** 40, length: 1000 }];
  const data = new Uint8Array(1512).fill(0x61);
  await withArchive(
    [{ member: { ...plain, size, dataRanges }, data }, {
      member: { ...plain, path: bytes("next") },
    }],
    async (folder) => {
      await run("tar", ["--extract", "--directory", folder, "--file", `${folder}/a.tar`]);
      const info = await Deno.stat(`${folder}/file`);
      assert.equal(info.size, size);
      assert.ok(info.blocks! < 64);
      using file = await Deno.open(`${folder}/file`);
      const piece = new Uint8Array(1002);
      file.seekSync(2 ** 40 - 1, Deno.SeekMode.Start);
      file.readSync(piece);
      assert.deepEqual(piece, Uint8Array.from([0, ...data.subarray(0, 1000), 0]));
      assert.ok((await Deno.stat(`${folder}/next`)).isFile);
    },
  );
});

Deno.test("tarHeader() keeps times before 1970", async () => {
  // By extraction: GNU tar's listing is a second off if such a time has a fraction.
  await withArchive([{ member: { ...plain, mtimeNs: -1_500_000_000n } }], async (folder) => {
    const archive = `${folder}/a.tar`;
    await run("tar", ["--extract", "--directory", folder, "--file", archive], /implausibly old/);
    assert.equal(await run("stat", ["--format=%.9Y", `${folder}/file`]), "-1.500000000\n");
  });
});

Deno.test("tarHeader() gives a size over 8 GiB that GNU tar reads", async () => {
  const size = 9 * 2 ** 30;
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeFile(`${folder}/a.tar`, tarHeader({ ...plain, size }));
    const output = await new Deno.Command("tar", { args: ["-tvf", `${folder}/a.tar`] }).output();
    assert.match(new TextDecoder().decode(output.stdout), / 9663676416 /);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
