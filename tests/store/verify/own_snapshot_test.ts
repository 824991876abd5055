import assert from "node:assert/strict";
import { join } from "node:path";
import { Ext4Writer } from "../../../lib/ext4/mod.ts";
import { sha256Digest, unpackLayers } from "../../../lib/oci/mod.ts";
import { run, withFolder } from "../support/test_store.ts";
import {
  archive,
  check,
  checkFile,
  layerInput,
  lines,
  type Member,
  storeWith,
} from "./support/checked_image.ts";

const text = (value: string) => new TextEncoder().encode(value);
const acl = (...entries: number[][]) =>
  Uint8Array.from([
    2,
    0,
    0,
    0,
    ...entries.flatMap(([tag, permissions, id = 0xffffffff]) => [
      tag!,
      0,
      permissions!,
      0,
      id & 0xff,
      id >> 8 & 0xff,
      id >> 16 & 0xff,
      id >>> 24,
    ]),
  ]);
const ACCESS = acl([1, 6], [2, 7, 1000], [4, 0], [0x10, 4], [0x20, 0]);
const sizes = [0, 1, 59, 60, 155, 156, 4095, 4096, 4097, 131_072, 262_144, 262_145, 1_000_000];

/** What layers can have: every type, attribute, odd time and link, in three layers. */
const LAYERS: readonly (readonly Member[])[] = [
  [
    { path: "./", type: "directory", mode: 0o750, uid: 3, mtimeNs: 5n },
    { path: "sizes/", type: "directory", mode: 0o755 },
    ...sizes.map((size): Member => ({
      path: `sizes/${size}`,
      content: new Uint8Array(size).fill(size % 255 + 1),
    })),
    { path: "times/1901", mtimeNs: -2_147_483_648_000_000_000n },
    { path: "times/1800", mtimeNs: -5_000_000_000_000_000_000n },
    { path: "times/1969", mtimeNs: -1n },
    { path: "times/2446", mtimeNs: 15_032_385_535_999_999_999n },
    { path: "times/now", mtimeNs: 1_700_000_000_123_456_789n },
    ...[1, 58, 59, 60, 61, 4095].map((length): Member => ({
      path: `links/${length}`,
      type: "symlink",
      mode: 0o777,
      linkPath: "x".repeat(length),
    })),
    { path: "lib", type: "symlink", mode: 0o777, linkPath: "usr/lib" },
    { path: "hard/first", content: "first" },
    { path: "hard/second", type: "link", linkPath: "hard/first" },
    { path: "hard/third", type: "link", linkPath: "hard/first" },
    { path: "usr/lib/", type: "directory", mode: 0o755 },
    { path: "gone/deep/file", content: "gone" },
    { path: "opaque/old", content: "old" },
  ],
  [
    { path: "lib/through", content: "through a link" },
    { path: "hard/.wh.first" },
    { path: "hard/fourth", type: "link", linkPath: "hard/third" },
    { path: ".wh.gone" },
    { path: "opaque/new", content: "new" },
    { path: "opaque/.wh..wh..opq" },
    { path: "owners/large", uid: 4_000_000_000, gid: 70_000, mode: 0o6711 },
    { path: "dev/null", type: "character-device", mode: 0o666, device: { major: 1, minor: 3 } },
    {
      path: "dev/large",
      type: "block-device",
      mode: 0o600,
      device: { major: 4095, minor: 1_048_575 },
    },
    { path: "dev/fifo", type: "fifo", mode: 0o622 },
    { path: "sparse/hole", content: text("data"), sparse: { size: 10_000_000, offset: 5_000_001 } },
    { path: "sparse/all", content: "", sparse: { size: 3_000_000, offset: 0 } },
    { path: "sparse/zeros", content: new Uint8Array(3_000_001) },
  ],
  [
    {
      path: "xattrs/small",
      xattrs: new Map([["user.mark", text("yes")], ["trusted.t", text("t")]]),
    },
    { path: "xattrs/empty", xattrs: new Map([["user.empty", new Uint8Array()]]) },
    { path: "xattrs/block", xattrs: new Map([["user.block", new Uint8Array(2000).fill(9)]]) },
    { path: "xattrs/huge", xattrs: new Map([["user.huge", new Uint8Array(40_000).fill(8)]]) },
    {
      path: "xattrs/capability",
      xattrs: new Map([["security.capability", new Uint8Array(20).fill(1)]]),
    },
    { path: "xattrs/acl", mode: 0o666, xattrs: new Map([["system.posix_acl_access", ACCESS]]) },
    {
      path: "xattrs/folder/",
      type: "directory",
      mode: 0o755,
      xattrs: new Map([["system.posix_acl_default", ACCESS]]),
    },
    {
      path: "xattrs/link",
      type: "symlink",
      mode: 0o777,
      linkPath: "small",
      xattrs: new Map([["security.selinux", text("label\0")]]),
    },
    { path: "names/\u00e9\u4e2d", content: "unicode" },
    { path: `names/${"n".repeat(255)}`, content: "long" },
    ...Array.from({ length: 300 }, (_, index): Member => ({ path: `many/${index}` })),
  ],
];

/** Unpacks the layers with snapvm's own writer. */
async function unpack(folder: string): Promise<{ store: string; snapshot: string }> {
  const layers = LAYERS.map(archive);
  const { root, snapshot } = await storeWith(join(folder, "store"), layers);
  await using writer = await Ext4Writer.create(snapshot, { size: 256 * 2 ** 20 });
  await unpackLayers(writer, await Promise.all(layers.map(layerInput)));
  await writer.finish();
  return { store: root, snapshot };
}

Deno.test("checkImage() finds nothing in a snapshot that snapvm makes of everything that layers can have", () =>
  withFolder(async (folder) => {
    const { store, snapshot } = await unpack(folder);
    const { findings, layers, inexactTimes } = await check(store);
    assert.deepEqual(lines(findings), []);
    assert.deepEqual([layers, inexactTimes], [3, 0]);
    assert.deepEqual((await checkFile(snapshot)).findings, []);
  }));

Deno.test("checkImage() finds what debugfs does to a snapshot that snapvm has made", (t) =>
  withFolder(async (folder) => {
    const { store, snapshot } = await unpack(folder);
    const whole = `${snapshot}.whole`;
    await run("cp", "--sparse=always", snapshot, whole);
    await Deno.writeTextFile(join(folder, "other"), "neu");
    const digest = async (content: string) => (await sha256Digest(text(content))).slice(7, 39);
    const inode = async (path: string) =>
      Number(/^Inode: (\d+)/m.exec(await run("debugfs", "-R", `stat ${path}`, whole))![1]);
    const third = await inode("/hard/third");
    const unused = `Cannot read the inode ${third}: a name leads to it, but it is not in use`;
    const rows: { name: string; commands: string[]; faults: string[] }[] = [
      {
        name: "unlink",
        commands: ["unlink /usr/lib/through"],
        faults: [
          "lost | /usr/lib/through | file",
          `unattached | #${await inode("/usr/lib/through")} | file, 14 bytes`,
        ],
      },
      {
        name: "clri",
        commands: ["clri /hard/third"],
        faults: [
          `dead | /hard/fourth | file | ${unused}`,
          `dead | /hard/second | file | ${unused}`,
          `dead | /hard/third | file | ${unused}`,
        ],
      },
      {
        name: "a mode",
        commands: ["sif /xattrs/acl mode 0100666"],
        faults: ["different | /xattrs/acl | mode | 0640 | 0666"],
      },
      {
        name: "ea_rm",
        commands: ["ea_rm /xattrs/capability security.capability"],
        faults: [
          `different | /xattrs/capability | xattr | security.capability=${
            "01".repeat(20)
          } | no security.capability`,
        ],
      },
      {
        name: "other content",
        commands: [
          "rm /opaque/new",
          `write ${folder}/other /opaque/new`,
          "sif /opaque/new mtime @1700000000",
          "sif /opaque/new mode 0100644",
        ],
        faults: [
          `different | /opaque/new | content | digest ${await digest(
            "new",
          )} | digest ${await digest(
            "neu",
          )}`,
        ],
      },
    ];
    for (const { name, commands, faults } of rows) {
      await t.step(name, async () => {
        await run("cp", "--sparse=always", whole, snapshot);
        await Deno.writeTextFile(`${snapshot}.commands`, commands.join("\n"));
        await run("debugfs", "-w", "-f", `${snapshot}.commands`, snapshot);
        assert.deepEqual(lines((await check(store)).findings), faults);
      });
    }
  }));
