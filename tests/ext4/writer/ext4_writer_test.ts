import assert from "node:assert/strict";

import { Ext4, type Ext4Metadata, Ext4Writer, hasCode } from "../../../lib/ext4/mod.ts";
import { differences } from "../support/facts.ts";
import { kernelTree } from "../support/kernel_facts.ts";
import { joinBytes, KernelFile, lstat, makeFolder, readNames, xattrs } from "../support/libc.ts";
import { pattern } from "../support/populate.ts";
import { run, withMount } from "../support/programs.ts";
import { readerTree } from "../support/reader_facts.ts";
import { bytes, check, FIXED, PLAIN, withWritten } from "./support/written.ts";

/** Loop mounts need Linux and root. */
const ignore = Deno.build.os !== "linux" || Deno.uid() !== 0;

const MIB = 2 ** 20;
const FOLDER: Ext4Metadata = { ...PLAIN, mode: 0o755 };

Deno.test({
  name: "Ext4Writer writes what the kernel, e2fsck and Ext4 read",
  ignore,
  fn: async () => {
    await withWritten({}, async (writer) => {
      const folder = writer.addFolder(writer.root, bytes("etc"), { ...PLAIN, mode: 0o755 });
      for (const size of [0, 1, 4095, 4096, 4097, 100_000]) {
        writer.addFile(folder, bytes(`${size}`), PLAIN, size);
        writer.write(pattern(size, size));
        await writer.ready();
      }
      writer.addSymlink(writer.root, bytes("link"), bytes("etc/1"), PLAIN);
    }, async (image) => {
      using filesystem = await Ext4.open(image);
      assert.deepEqual(await filesystem.readFile("/etc/100000"), pattern(100_000, 100_000));
      assert.deepEqual(await filesystem.readFile("/link"), pattern(1, 1));
      const ours = await readerTree(filesystem);
      assert.equal(ours.size, 10);
      assert.deepEqual(differences(await withMount(image, "ro", kernelTree), ours), []);
    });
  },
});

Deno.test({
  name: "Ext4Writer leaves room that the kernel can fill to the last block",
  ignore,
  fn: async (test) => {
    const rows = [
      { name: "with a journal", options: { size: 40 * MIB, journal: 4 * MIB } },
      { name: "with checksums", options: { size: 40 * MIB, checksums: true } },
      { name: "a last group too small for its tables", options: { size: 128 * MIB + 40_960 } },
      { name: "a last group of its own", options: { size: 160 * MIB, journal: true } },
      { name: "an empty group in the middle", options: { size: 300 * MIB, checksums: true } },
      { name: "headroom", options: { headroom: 20 * MIB, journal: 4 * MIB, checksums: true } },
    ];
    for (const { name, options } of rows) {
      await test.step(name, () =>
        withWritten(options, (writer) => {
          const gone = writer.addFile(writer.root, bytes("gone"), PLAIN, MIB);
          writer.write(new Uint8Array(MIB));
          writer.addFile(writer.root, bytes("kept"), PLAIN, MIB + 1);
          writer.write(pattern(MIB + 1, 1));
          writer.remove(gone);
        }, async (image) => {
          const filled = await withMount(image, "rw", fill);
          await check(image);
          using filesystem = await Ext4.open(image);
          // The kernel keeps a fiftieth back for its own metadata.
          const { s_blocks_count, s_free_blocks_count } = filesystem.superblock;
          assert.equal(s_free_blocks_count, Math.floor(s_blocks_count / 50));
          assert.deepEqual(await filesystem.readFile("/kept"), pattern(MIB + 1, 1));
          assert.ok(
            filled >= ("headroom" in options ? options.headroom! : 20 * MIB) * 0.9,
            `${filled}`,
          );
        }));
    }
  },
});

/** Makes folders and one file as large as can be, and says how large. */
function fill(root: string): number {
  for (let index = 0; index < 200; index++) makeFolder(`${root}/folder ${index}`);
  const part = pattern(65536, 1);
  let size = 0;
  for (const length of [65536, 4096]) {
    for (let at = 0;; at += length) {
      using file = KernelFile.create(`${root}/fill ${length} ${at}`);
      try {
        for (let done = 0; done < MIB; done += length) {
          file.write(part.subarray(0, length), done);
          size += length;
        }
      } catch {
        break;
      }
    }
  }
  return size;
}

Deno.test({
  name: "Ext4Writer indexes folders in which the kernel finds every name",
  ignore,
  fn: async (test) => {
    const rows = [
      { name: "two blocks", count: 150, length: 30, checksums: false },
      { name: "two levels of the index, long names", count: 9000, length: 250, checksums: true },
      { name: "200,000 names", count: 200_000, length: 12, checksums: false },
    ];
    for (const { name, count, length, checksums } of rows) {
      const nameOf = (index: number) => bytes(`${index}`.padStart(length, "n"));
      await test.step(name, () =>
        withWritten({ checksums }, (writer) => {
          const folder = writer.addFolder(writer.root, bytes("folder"), FOLDER);
          const first = writer.addFile(folder, nameOf(0), PLAIN, 0);
          for (let index = 1; index < count; index++) {
            // Some are links, so that inodes are not what takes the time.
            if (index % 50_000 === 0 || index % 4 === 0) {
              writer.addFile(folder, nameOf(index), PLAIN, 0);
            } else if (index < 60_000) writer.addLink(folder, nameOf(index), first);
            else writer.addSymlink(folder, nameOf(index), bytes("x"), PLAIN);
          }
        }, async (image) => {
          using filesystem = await Ext4.open(image);
          const { ino } = await filesystem.lstat(joinBytes("/folder", nameOf(count - 1)));
          await withMount(image, "ro", (root) => {
            const folder = `${root}/folder`;
            assert.equal(readNames(folder).length, count + 2);
            const step = Math.ceil(count / 5000);
            for (let index = 0; index < count; index += step) {
              lstat(joinBytes(folder, nameOf(index)));
            }
            assert.equal(lstat(joinBytes(folder, nameOf(count - 1))).ino, ino);
          });
        }));
    }
  },
});

Deno.test({
  name: "Ext4Writer keeps more folders in a folder than a link count can say",
  ignore,
  fn: () =>
    withWritten({}, (writer) => {
      for (let index = 0; index < 65_100; index++) {
        writer.addFolder(writer.root, bytes(`${index}`), FOLDER);
      }
    }, async (image) => {
      const info = await withMount(image, "ro", (root) => lstat(root));
      assert.equal(info.nlink, 1);
    }),
});

Deno.test({
  name: "Ext4Writer maps the largest file, and one of many pieces",
  ignore,
  fn: () => {
    const size = (2 ** 32 - 1) * 4096;
    const many = Array.from({ length: 3000 }, (_, index) => ({ offset: index * 8192, length: 1 }));
    const end = { offset: size - 5, length: 5 };
    return withWritten({ checksums: true }, async (writer) => {
      writer.addFile(writer.root, bytes("largest"), PLAIN, size, [{ offset: 7, length: 3 }, end]);
      writer.write(bytes("abcdefgh"));
      writer.addFile(writer.root, bytes("pieces"), PLAIN, size, [...many, end]);
      writer.write(pattern(3005, 1));
      writer.addFile(writer.root, bytes("hole"), PLAIN, size, []);
      await writer.ready();
    }, async (image) => {
      using filesystem = await Ext4.open(image);
      const ours = await readerTree(filesystem);
      assert.deepEqual(differences(await withMount(image, "ro", kernelTree), ours), []);
      const read = await Array.fromAsync(filesystem.read("/largest", end));
      assert.deepEqual(read, [bytes("defgh")]);
    });
  },
});

Deno.test({
  name: "Ext4Writer numbers blocks with 64 bits if there are so many",
  ignore,
  fn: async () => {
    // Not every filesystem holds so long a file. Without e2fsck, which would take a minute.
    const image = "/dev/shm/snapvm-writer-64bit.ext4";
    try {
      await using writer = await Ext4Writer.create(image, { ...FIXED, size: 2e13 });
      await writer.writeFile("/file", pattern(10_000, 1));
      await writer.finish();
      using filesystem = await Ext4.open(image);
      assert.equal(filesystem.superblock.descriptorSize, 64);
      const ours = await readerTree(filesystem);
      assert.deepEqual(differences(await withMount(image, "ro", kernelTree), ours), []);
    } finally {
      await Deno.remove(image);
    }
  },
});

/** An ACL as `setxattr` takes it: tags, permissions and numbers. */
function acl(...entries: [tag: number, permissions: number, id?: number][]): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 + 8 * entries.length));
  view.setUint32(0, 2, true);
  entries.forEach(([tag, permissions, id = 0xffffffff], index) => {
    view.setUint16(4 + 8 * index, tag, true);
    view.setUint16(6 + 8 * index, permissions, true);
    view.setUint32(8 + 8 * index, id, true);
  });
  return new Uint8Array(view.buffer);
}

Deno.test({
  name: "Ext4Writer stores ACLs that the kernel reads, and adjusts the mode as it does",
  ignore,
  fn: () => {
    const access = "system.posix_acl_access";
    const named = acl([1, 7], [2, 5, 1000], [4, 4], [8, 6, 70_000], [0x10, 6], [0x20, 1]);
    const plain = acl([1, 6], [4, 4], [0x20, 0]);
    const byDefault = acl([1, 7], [4, 5], [0x20, 0]);
    return withWritten({}, (writer) => {
      const add = (name: string, value: Uint8Array) =>
        writer.addFile(
          writer.root,
          bytes(name),
          { ...PLAIN, xattrs: new Map([[access, value]]) },
          0,
        );
      add("named", named);
      add("plain", plain);
      writer.addFolder(writer.root, bytes("folder"), {
        ...FOLDER,
        xattrs: new Map([["system.posix_acl_default", byDefault]]),
      });
      assert.throws(
        () => add("short", named.subarray(0, 9)),
        (error) => hasCode(error, "invalid-entry") && error.data.part === "acl",
      );
    }, (image) =>
      withMount(image, "ro", (root) => {
        assert.deepEqual([...xattrs(`${root}/named`)], [[access, new Uint8Array(named)]]);
        assert.equal(lstat(`${root}/named`).mode & 0o777, 0o761);
        assert.deepEqual([...xattrs(`${root}/plain`)], []);
        assert.equal(lstat(`${root}/plain`).mode & 0o777, 0o640);
        const folder = xattrs(`${root}/folder`);
        assert.deepEqual(folder.get("system.posix_acl_default"), new Uint8Array(byDefault));
        assert.equal(lstat(`${root}/folder`).mode & 0o777, 0o755);
      }));
  },
});

Deno.test("Ext4Writer sets the features that are needed, and no others", async (test) => {
  const plain = "ext_attr dir_index sparse_super2 filetype extent flex_bg large_file huge_file " +
    "dir_nlink extra_isize";
  const with_ = (more: string) => new Set(`${plain} ${more}`.split(" "));
  const rows = [
    { options: {}, features: with_("uninit_bg") },
    { options: { journal: true }, features: with_("has_journal uninit_bg") },
    { options: { checksums: true, size: 64 * MIB }, features: with_("metadata_csum") },
  ];
  for (const { options, features } of rows) {
    await test.step(
      JSON.stringify(options),
      () =>
        withWritten({ ...options, label: "label" }, () => {}, async (image) => {
          const text = await run("dumpe2fs", ["-h", image]);
          const field = (name: string) => new RegExp(`^${name}: +(.*)$`, "m").exec(text)?.[1];
          assert.deepEqual(new Set(field("Filesystem features")!.split(" ")), features);
          assert.equal(field("Filesystem volume name"), "label");
          assert.equal(field("Filesystem UUID"), FIXED.uuid);
          assert.equal(field("Directory Hash Seed"), FIXED.hashSeed);
          assert.equal(field("Filesystem state"), "clean");
          assert.equal(field("Journal UUID"), undefined);
          if ("journal" in options) {
            assert.equal(field("Journal backup"), "inode blocks");
            assert.equal(field("Total journal size"), "1024M");
            assert.equal(field("Journal start"), "0");
          }
        }),
    );
  }
});

Deno.test("Ext4Writer makes the same bytes of the same calls", async () => {
  const make = () =>
    withWritten({ size: 8 * MIB, checksums: true }, (writer) => {
      for (let index = 0; index < 200; index++) {
        const name = bytes(`file with a long name ${index}`);
        const entry = writer.addFile(writer.root, name, PLAIN, index);
        writer.write(pattern(index, 1));
        if (index % 3 === 0) writer.remove(entry);
      }
    }, (image) => Deno.readFile(image));
  assert.deepEqual(await make(), await make());
});

Deno.test("Ext4Writer takes no room for what is not used", () =>
  withWritten({ journal: true }, (writer) => {
    writer.addFile(writer.root, bytes("file"), PLAIN, MIB);
    writer.write(pattern(MIB, 1));
  }, async (image) => {
    const { size, blocks } = await Deno.stat(image);
    assert.equal(size, 512 * 2 ** 30);
    assert.ok(blocks! * 512 < 1.5 * MIB, `${blocks! * 512} bytes are allocated`);
  }));

Deno.test("Ext4Writer refuses what no ext4 filesystem can hold", async (test) => {
  const rows: readonly [string, string, (writer: Ext4Writer) => void][] = [
    ["an empty name", "name", (writer) => writer.addFolder(0, bytes(""), PLAIN)],
    ["dots", "name", (writer) => writer.addFolder(0, bytes(".."), PLAIN)],
    ["a slash", "name", (writer) => writer.addFolder(0, bytes("a/b"), PLAIN)],
    ["a zero", "name", (writer) => writer.addFolder(0, bytes("a\0"), PLAIN)],
    ["a long name", "name", (writer) => writer.addFolder(0, bytes("n".repeat(256)), PLAIN)],
    ["a name twice", "name", (writer) => writer.addFolder(0, bytes("lost+found"), PLAIN)],
    ["no target", "target", (writer) => writer.addSymlink(0, bytes("a"), bytes(""), PLAIN)],
    ["a long target", "target", (writer) => {
      writer.addSymlink(0, bytes("a"), new Uint8Array(4096).fill(1), PLAIN);
    }],
    ["an owner", "owner", (writer) => {
      writer.addFolder(0, bytes("a"), { ...PLAIN, uid: 2 ** 32 - 1 });
    }],
    ["a mode", "mode", (writer) => writer.addFolder(0, bytes("a"), { ...PLAIN, mode: 0o10000 })],
    ["a device", "device", (writer) => {
      writer.addSpecial(0, bytes("a"), "block-device", { major: 4096, minor: 0 }, PLAIN);
    }],
    ["a size", "size", (writer) => writer.addFile(0, bytes("a"), PLAIN, 2 ** 44)],
    ["ranges out of order", "size", (writer) => {
      writer.addFile(0, bytes("a"), PLAIN, 9, [{ offset: 4, length: 2 }, { offset: 5, length: 1 }]);
    }],
    ["a folder's second name", "links", (writer) => {
      writer.addLink(0, bytes("a"), writer.find(0, bytes("lost+found"))!);
    }],
    ["65,001 names", "links", (writer) => {
      const file = writer.addFile(0, bytes("a"), PLAIN, 0);
      for (let index = 0; index < 65_000; index++) writer.addLink(0, bytes(`${index}`), file);
    }],
    ["a value of an attribute", "xattr", (writer) => {
      const xattrs = new Map([["user.a", new Uint8Array(65537)]]);
      writer.addFile(0, bytes("a"), { ...PLAIN, xattrs }, 0);
    }],
    ["too many attributes", "xattr", (writer) => {
      const xattrs = new Map(
        Array.from({ length: 300 }, (_, index) => [`user.${index}`, bytes("1")]),
      );
      writer.addFile(0, bytes("a"), { ...PLAIN, xattrs }, 0);
    }],
    ["missing bytes", "content", (writer) => {
      writer.addFile(0, bytes("a"), PLAIN, 5);
      writer.write(bytes("1234"));
      writer.addFolder(0, bytes("b"), PLAIN);
    }],
  ];
  for (const [name, part, action] of rows) {
    await test.step(name, async () => {
      const path = await Deno.makeTempFile({ prefix: "snapvm-writer-" });
      try {
        await using writer = await Ext4Writer.create(path, FIXED);
        assert.throws(
          () => action(writer),
          (error) => hasCode(error, "invalid-entry") && error.data.part === part,
        );
      } finally {
        await Deno.remove(path);
      }
    });
  }
});

Deno.test("Ext4Writer says when there is no room, in the filesystem or for it", async (test) => {
  const path = await Deno.makeTempFile({ prefix: "snapvm-writer-" });
  try {
    await test.step("blocks", async () => {
      await using writer = await Ext4Writer.create(path, { ...FIXED, size: 8 * MIB });
      assert.throws(
        () => writer.addFile(0, bytes("a"), PLAIN, 8 * MIB),
        (error) => hasCode(error, "filesystem-full") && error.data.resource === "blocks",
      );
      // It can go on, and nothing of the file is left.
      assert.equal(writer.find(0, bytes("a")), undefined);
      await writer.finish();
      await check(path);
    });
    await test.step("inodes", async () => {
      await using writer = await Ext4Writer.create(path, { ...FIXED, size: 20 * MIB });
      for (let index = 0; index < 33_000; index++) {
        writer.addFile(0, bytes(`${index}`), PLAIN, 0);
      }
      await assert.rejects(
        writer.finish(),
        (error) => hasCode(error, "filesystem-full") && error.data.resource === "inodes",
      );
    });
    await test.step("anything at all", async () => {
      await assert.rejects(
        Ext4Writer.create(path, { size: 8192 }),
        (error) => hasCode(error, "filesystem-full"),
      );
    });
    await test.step("the disk", async () => {
      await assert.rejects(async () => {
        await using writer = await Ext4Writer.create("/dev/full", { ...FIXED, headroom: 0 });
        await writer.finish();
      }, (error) => hasCode(error, "disk-full"));
    });
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("Ext4Writer adds files by their paths", () =>
  withWritten({ headroom: MIB }, async (writer) => {
    await writer.mkdir("/usr/share/doc", { recursive: true });
    await writer.writeFile("/usr/share/doc/a", bytes("text"), { mode: 0o600, uid: 5 });
    await writer.link("/usr/share/doc/a", "/b");
    await writer.symlink("usr/share", "/share");
    await writer.mknod("/null", "character-device", { major: 1, minor: 3 });
    await writer.writeFile("/gone", bytes("gone"));
    writer.remove("/gone");
    await assert.rejects(writer.mkdir("/no/folder"), Deno.errors.NotFound);
    await assert.rejects(writer.mkdir("/share/x"), Deno.errors.NotADirectory);
  }, async (image) => {
    using filesystem = await Ext4.open(image);
    assert.equal(await filesystem.readTextFile("/share/doc/a"), "text");
    const info = await filesystem.stat("/b");
    assert.deepEqual([info.mode & 0o777, info.uid, info.nlink], [0o600, 5, 2]);
    assert.deepEqual((await filesystem.stat("/null")).rdev, { major: 1, minor: 3 });
    assert.equal(await filesystem.exists("/gone"), false);
  }));
