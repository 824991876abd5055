import assert from "node:assert/strict";
import { join } from "node:path";
import { sha256Digest } from "../../../lib/oci/mod.ts";
import { run, withFolder } from "../support/test_store.ts";
import {
  archive,
  check,
  checkFile,
  lines,
  type Member,
  storeWith,
} from "./support/checked_image.ts";

const TIME = 1_700_000_000;
const text = (value: string) => new TextEncoder().encode(value);

/** All zero up to the block that begins at 98,304, and from 253,952 on. */
const LARGE = new Uint8Array(300_000).fill(7, 100_000, 250_000);

/** Two layers, the second of which takes some of the first away. */
const LOWER: readonly Member[] = [
  { path: "etc/", type: "directory", mode: 0o755 },
  { path: "etc/gone", content: "gone" },
  { path: "etc/hostname", content: "old" },
  { path: "etc/old", content: "x" },
  { path: "etc/old/", type: "directory", mode: 0o755 },
  { path: "bin/", type: "directory", mode: 0o755 },
  { path: "bin/tool", mode: 0o4755, content: "tool\n" },
  { path: "bin/copy", type: "link", linkPath: "bin/tool" },
  { path: "dev/", type: "directory", mode: 0o755 },
  { path: "dev/null", type: "character-device", mode: 0o666, device: { major: 1, minor: 3 } },
  { path: "dev/pipe", type: "fifo", mode: 0o600 },
];
const UPPER: readonly Member[] = [
  { path: "etc/.wh.gone" },
  { path: "etc/hostname", uid: 12, gid: 100_000, content: "host\n" },
  { path: "etc/link", type: "symlink", linkPath: "hostname" },
  {
    path: "etc/marked",
    content: "marked",
    xattrs: new Map([["user.mark", text("yes")], ["user.other", text("no")]]),
  },
  { path: "etc/large", content: LARGE },
];

/** Makes the same tree with other people's programs. */
async function makeSnapshot(folder: string, snapshot: string): Promise<void> {
  const script = `
    set -e
    mkdir -p "$1/etc/old" "$1/bin" "$1/dev"
    cd "$1"
    printf 'host\\n' > etc/hostname
    ln -s hostname etc/link
    printf marked > etc/marked
    { head -c 100000 /dev/zero; head -c 150000 /dev/zero | tr '\\0' '\\a'; head -c 50000 /dev/zero; } > etc/large
    printf 'tool\\n' > bin/tool
    chown 12:100000 etc/hostname
    chmod 4755 bin/tool
    ln bin/tool bin/copy
    mknod -m 666 dev/null c 1 3
    mkfifo -m 600 dev/pipe
    touch -h -d @${TIME} etc/* bin/* dev/* etc bin dev
    mke2fs -q -F -t ext4 -b 4096 -O ^metadata_csum -d . "$2" 16M
    debugfs -w -R 'ea_set /etc/marked user.mark yes' "$2"
    debugfs -w -R 'ea_set /etc/marked user.other no' "$2"
  `;
  await run("sh", "-c", script, "sh", join(folder, "tree"), snapshot);
}

/** Runs a test with a store whose snapshot is what its layers say. */
function withImage(
  test: (store: string, snapshot: string, folder: string) => Promise<void>,
): Promise<void> {
  return withFolder(async (folder) => {
    const layers = [archive(LOWER), archive(UPPER)];
    const { root, snapshot } = await storeWith(join(folder, "store"), layers);
    await makeSnapshot(folder, snapshot);
    await test(root, snapshot, folder);
  });
}

Deno.test("checkImage() finds nothing in a snapshot that is what its layers say", () =>
  withImage(async (store, snapshot) => {
    const { findings, uncompared, layers, entries, inexactTimes } = await check(store);
    assert.deepEqual(lines(findings), []);
    assert.deepEqual([uncompared, layers, entries, inexactTimes], [undefined, 2, 14, 0]);
    const alone = await checkFile(snapshot);
    assert.deepEqual(alone.findings, []);
    assert.equal(alone.uncompared, "it is a file, for which no layers are known");
  }));

/** Changes bytes in a block of a file or folder of an image. */
async function editBlock(
  snapshot: string,
  { file, from, to }: { file: string; from: string; to: string },
): Promise<void> {
  using image = await Deno.open(snapshot, { read: true, write: true });
  const bytes = new Uint8Array(4096);
  for (const block of (await run("debugfs", "-R", `blocks ${file}`, snapshot)).trim().split(" ")) {
    await image.seek(Number(block) * 4096, Deno.SeekMode.Start);
    await image.read(bytes);
    const at = new TextDecoder("latin1").decode(bytes).indexOf(from);
    if (at < 0) continue;
    await image.seek(Number(block) * 4096 + at, Deno.SeekMode.Start);
    await image.write(text(to));
    return;
  }
  assert.fail(`no ${JSON.stringify(from)} in ${file}`);
}

/** The digest of a content of which only some blocks are not zero. */
async function digestOf(
  content: Uint8Array<ArrayBuffer>,
  start: number,
  end: number,
): Promise<string> {
  const sha256 = async (bytes: Uint8Array<ArrayBuffer>) =>
    new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const places = new Uint8Array(new Float64Array([start, end]).buffer);
  const parts = [await sha256(content.slice(start, end)), await sha256(places)];
  return (await sha256(new Uint8Array(parts.flatMap((part) => [...part])))).toHex().slice(0, 32);
}

/** The number of the inode of a path. */
async function inodeOf(snapshot: string, path: string): Promise<number> {
  const stat = await run("debugfs", "-R", `stat ${path}`, snapshot);
  return Number(/^Inode: (\d+)/m.exec(stat)![1]);
}

Deno.test("checkImage() finds each kind of fault, and nothing else", (t) =>
  withImage(async (store, snapshot, folder) => {
    const whole = `${snapshot}.whole`;
    await run("cp", "--sparse=always", snapshot, whole);
    await Deno.writeTextFile(join(folder, "other"), "more");
    const ino = async (path: string) => await inodeOf(whole, path);
    const tool = await ino("/bin/tool");
    const digests = {
      tool: (await sha256Digest(text("tool\n"))).slice(7, 39),
      hostname: (await sha256Digest(text("host\n"))).slice(7, 39),
      large: await digestOf(LARGE, 98_304, 253_952),
      changed: await digestOf(LARGE.with(100_001, 8), 98_304, 253_952),
    };
    const notUsed = (inode: number) =>
      `Cannot read the inode ${inode}: a name leads to it, but it is not in use`;
    const rows: {
      name: string;
      /** For `debugfs`. */
      commands: string[];
      /** Bytes of a file's first block that become others. */
      edit?: { file: string; from: string; to: string };
      faults: string[];
      /** What is found without the layers, if it is looked for. */
      alone?: string[];
    }[] = [
      {
        name: "a name is gone, and its inode with it",
        commands: ["rm /etc/marked"],
        faults: ["lost | /etc/marked | file"],
      },
      {
        name: "a name is gone",
        commands: ["unlink /etc/marked"],
        faults: [
          "lost | /etc/marked | file",
          `unattached | #${await ino("/etc/marked")} | file, 6 bytes`,
        ],
        alone: [`unattached | #${await ino("/etc/marked")} | file, 6 bytes`],
      },
      {
        name: "an inode is gone",
        commands: ["clri /bin/tool"],
        faults: [
          `dead | /bin/copy | file | ${notUsed(tool)}`,
          `dead | /bin/tool | file | ${notUsed(tool)}`,
        ],
        alone: [`dead | /bin/copy | ${notUsed(tool)}`, `dead | /bin/tool | ${notUsed(tool)}`],
      },
      {
        name: "a folder's inode is gone",
        commands: ["clri /bin"],
        faults: [
          `dead | /bin | directory | ${notUsed(await ino("/bin"))}`,
          "different | / | link count | 5 | 6",
          "lost | /bin/copy | file",
          "lost | /bin/tool | file",
          `unattached | #${tool} | file, 5 bytes`,
        ],
      },
      {
        name: "content that cannot be read",
        commands: ["sif /bin/tool block[0] 0"],
        faults: [
          `dead | /bin/copy | Cannot read the extent tree of inode ${tool}: the magic number is wrong`,
        ],
        alone: [],
      },
      {
        name: "a mode",
        commands: ["sif /bin/tool mode 0100755"],
        faults: ["different | /bin/copy | mode | 4755 | 0755"],
        alone: [],
      },
      {
        name: "a type",
        commands: ["sif /dev/pipe mode 0140600"],
        faults: ["different | /dev/pipe | type | fifo | socket"],
        alone: [],
      },
      {
        name: "an owner",
        commands: ["sif /etc/hostname gid 7"],
        faults: ["different | /etc/hostname | owner | 12:100000 | 12:7"],
      },
      {
        name: "a time",
        commands: ["sif /etc/old mtime @1700000001"],
        faults: [
          "different | /etc/old | mtime | 1700000000.000000000 | 1700000001.000000000",
        ],
      },
      {
        name: "a fraction of a time",
        commands: ["sif /etc/old mtime_extra 400"],
        faults: [
          "different | /etc/old | mtime | 1700000000.000000000 | 1700000000.000000100",
        ],
      },
      {
        name: "a link's target",
        commands: ["sif /etc/link block[0] 0x74736f47"],
        faults: ["different | /etc/link | target | hostname | Gostname"],
      },
      {
        name: "a device",
        commands: ["sif /dev/null block[0] 0x0105"],
        faults: ["different | /dev/null | device | 1:3 | 1:5"],
      },
      {
        name: "attributes",
        commands: [
          "ea_rm /etc/marked user.mark",
          "ea_set /etc/marked user.other nope",
          "ea_set /etc/marked user.more x",
        ],
        faults: [
          "different | /etc/marked | xattr | no user.more | user.more=78",
          "different | /etc/marked | xattr | user.mark=796573 | no user.mark",
          "different | /etc/marked | xattr | user.other=6e6f | user.other=6e6f7065",
        ],
        alone: [],
      },
      {
        name: "a size",
        commands: ["sif /etc/hostname size 4"],
        faults: ["different | /etc/hostname | size | 5 bytes | 4 bytes"],
      },
      {
        name: "more of a tree",
        commands: [`write ${folder}/other /etc/other`, "mkdir /etc/old/sub"],
        faults: [
          "extra | /etc/old/sub | directory",
          "extra | /etc/other | file",
        ],
      },
      {
        name: "a link count",
        commands: ["sif /etc/hostname links_count 2"],
        faults: ["different | /etc/hostname | link count | 1 | 2"],
        alone: ["different | /etc/hostname | link count | 1 | 2"],
      },
      {
        name: "a name of another file",
        commands: ["unlink /bin/tool", "ln /etc/hostname /bin/tool"],
        faults: [
          "different | /bin/copy | link count | 1 | 2",
          `different | /bin/tool | content | digest ${digests.tool} | digest ${digests.hostname}`,
          "different | /bin/tool | hard link | the same file as /bin/copy | a file of its own",
          "different | /bin/tool | link count | 2 | 1",
          "different | /bin/tool | mode | 4755 | 0644",
          "different | /bin/tool | owner | 0:0 | 12:100000",
          "different | /etc/hostname | hard link | a file of its own | the same file as /bin/copy",
        ],
      },
      {
        name: "content",
        commands: [],
        edit: { file: "/etc/large", from: "\x07\x07\x07", to: "\x07\x08\x07" },
        faults: [
          `different | /etc/large | content | digest ${digests.large} | digest ${digests.changed}`,
        ],
        alone: [],
      },
      {
        name: "a name twice",
        commands: [],
        edit: { file: "/bin", from: "copy", to: "tool" },
        faults: ["doubled | /bin/tool", "lost | /bin/copy | file"],
        alone: ["doubled | /bin/tool"],
      },
      {
        name: "a second .",
        commands: [],
        edit: { file: "/bin", from: "\x04\x01copy", to: "\x01\x01.\0\0\0" },
        faults: [
          `doubled | /bin/. | inode ${await ino("/bin")} | again, inode ${tool}`,
          "lost | /bin/copy | file",
        ],
        alone: [
          `doubled | /bin/. | inode ${await ino("/bin")} | again, inode ${tool}`,
        ],
      },
    ];
    for (const { name, commands, edit, faults, alone } of rows) {
      await t.step(name, async () => {
        await run("cp", "--sparse=always", whole, snapshot);
        await Deno.writeTextFile(`${snapshot}.commands`, commands.join("\n"));
        await run("debugfs", "-w", "-f", `${snapshot}.commands`, snapshot);
        if (edit) await editBlock(snapshot, edit);
        assert.deepEqual(lines((await check(store)).findings), faults);
        if (alone) assert.deepEqual(lines((await checkFile(snapshot)).findings), alone);
      });
    }
  }));
