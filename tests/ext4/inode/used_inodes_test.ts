import assert from "node:assert/strict";
import { Ext4 } from "../../../lib/ext4/mod.ts";
import { withImage } from "../support/make_image.ts";
import { run } from "../support/programs.ts";

const ROWS: readonly (readonly [name: string, options: string[], size: number])[] = [
  ["one group", ["-t", "ext4"], 2 ** 23],
  ["groups that were never used", ["-t", "ext4", "-b", "1024"], 2 ** 25],
  ["without checksums", ["-t", "ext4", "-O", "^metadata_csum,^uninit_bg", "-b", "1024"], 2 ** 25],
  ["small descriptors", ["-t", "ext4", "-O", "^64bit,^metadata_csum", "-b", "1024"], 2 ** 25],
  ["descriptors in their groups", ["-t", "ext4", "-O", "meta_bg,^resize_inode"], 2 ** 25],
  ["ext2", ["-t", "ext2", "-I", "128"], 2 ** 23],
];

Deno.test("Ext4.inodes() finds the inodes that dumpe2fs counts, with and without a name", async (t) => {
  for (const [name, options, size] of ROWS) {
    await t.step(name, () =>
      withImage({
        options,
        size,
        fill: async (folder) => {
          for (let index = 0; index < 40; index++) {
            await Deno.mkdir(`${folder}/folder-${index}`);
            await Deno.writeTextFile(`${folder}/folder-${index}/file`, "x".repeat(index));
          }
        },
        commands: ["unlink /folder-7/file", "rm /folder-8/file"],
      }, async (image) => {
        const header = await run("dumpe2fs", ["-h", image]);
        const field = (label: string) =>
          Number(new RegExp(`^${label}: *(\\d+)`, "m").exec(header)![1]);
        const first = field("First inode");
        const used = field("Inode count") - field("Free inodes");
        using filesystem = await Ext4.open(image);
        const inos = (await Array.fromAsync(filesystem.inodes())).map(({ ino }) => ino);
        assert.deepEqual(inos, [...new Set(inos)].sort((left, right) => left - right));
        // Of the reserved ones, only the root is sure to hold something.
        assert(inos.includes(2));
        assert.equal(inos.filter((ino) => ino >= first).length, used - (first - 1));
        const named = new Set<number>();
        for await (const { info } of filesystem.walk()) named.add(info!.ino);
        assert.equal(inos.filter((ino) => ino >= first && !named.has(ino)).length, 1);
      }));
  }
});

Deno.test("Ext4.readDir() lists . and .. if it is asked to, and Ext4.xattrs() an ACL as it is stored", () =>
  withImage({
    fill: (folder) => Deno.mkdir(`${folder}/folder/sub`, { recursive: true }),
    commands: [
      `ea_set /folder system.posix_acl_access "\\002\\000\\000\\000\\001\\000\\006\\000\\377\\377\\377\\377\\004\\000\\004\\000\\377\\377\\377\\377\\040\\000\\004\\000\\377\\377\\377\\377"`,
    ],
  }, async (image) => {
    using filesystem = await Ext4.open(image);
    const { ino } = await filesystem.stat("/folder");
    const names = await Array.fromAsync(filesystem.readDir("/folder", { dots: true }));
    assert.deepEqual(
      names.map(({ name, ino, isDirectory }) => [name, ino, isDirectory]),
      [[".", ino, true], ["..", 2, true], [
        "sub",
        (await filesystem.stat("/folder/sub")).ino,
        true,
      ]],
    );
    const acl = "system.posix_acl_access";
    const given = (await filesystem.xattrs("/folder")).get(acl)!;
    const stored = (await filesystem.xattrs("/folder", { stored: true })).get(acl)!;
    assert.equal(given.toHex(), "0200000001000600ffffffff04000400ffffffff20000400ffffffff");
    assert.equal(stored.toHex(), "01000000010006000400040020000400");
  }));
