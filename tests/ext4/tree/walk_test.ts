import assert from "node:assert/strict";
import { Corrupt, Ext4 } from "../../../lib/ext4/mod.ts";
import type { Ext4Path, WalkEntry, WalkOptions } from "../../../lib/ext4/mod.ts";
import { withImage } from "../support/make_image.ts";

const TINY = new URL("../../fixtures/tiny.ext4", import.meta.url);

/** Without checksums, as other writers leave it, so that names can be changed in place. */
const PLAIN = ["-t", "ext4", "-b", "1024", "-O", "^has_journal,^metadata_csum"];

function walk(
  filesystem: Ext4,
  start?: Ext4Path,
  options?: WalkOptions,
): Promise<WalkEntry[]> {
  return Array.fromAsync(filesystem.walk(start, options));
}

async function paths(filesystem: Ext4, start?: Ext4Path, options?: WalkOptions): Promise<string[]> {
  return (await walk(filesystem, start, options)).map(({ path }) => path);
}

Deno.test("Ext4.walk() gives a folder before what is in it, in the order on the disk", async () => {
  using filesystem = await Ext4.open(TINY);
  assert.deepEqual(await paths(filesystem), [
    "/",
    "/lost+found",
    "/etc",
    "/etc/hostname",
    "/etc/os-release",
    "/usr",
    "/usr/lib",
    "/usr/lib/os-release",
  ]);
});

Deno.test("Ext4.walkSync() gives what Ext4.walk() gives", async () => {
  using filesystem = await Ext4.open(TINY);
  for (const start of ["/", "/usr", "/etc/os-release"]) {
    for (const options of [{}, { maxDepth: 1 }]) {
      const found = Array.from(filesystem.walkSync(start, options), ({ path }) => path);
      assert.deepEqual(found, await paths(filesystem, start, options));
    }
  }
  assert.throws(() => filesystem.walkSync("/nothing"), Deno.errors.NotFound);
});

Deno.test("Ext4.walk() begins paths with the start as it is given", async () => {
  using filesystem = await Ext4.open(TINY);
  const rows: [start: Ext4Path, wanted: string[]][] = [
    ["/etc", ["/etc", "/etc/hostname", "/etc/os-release"]],
    ["/etc//", ["/etc", "/etc/hostname", "/etc/os-release"]],
    ["etc", ["etc", "etc/hostname", "etc/os-release"]],
    ["/usr/../etc", ["/usr/../etc", "/usr/../etc/hostname", "/usr/../etc/os-release"]],
    ["/etc/hostname", ["/etc/hostname"]],
    [new TextEncoder().encode("/usr/lib"), ["/usr/lib", "/usr/lib/os-release"]],
    [await filesystem.stat("/etc"), ["", "/hostname", "/os-release"]],
  ];
  for (const [start, wanted] of rows) {
    assert.deepEqual(await paths(filesystem, start), wanted);
  }
});

Deno.test("Ext4.walk() follows a link at its start, and no other", async () => {
  using filesystem = await Ext4.open(TINY);
  const [start] = await walk(filesystem, "/etc/os-release");
  assert.equal(start?.name, "os-release");
  assert.ok(start?.info?.isFile);
  const [, , link] = await walk(filesystem, "/etc");
  assert.ok(link?.info?.isSymlink);
});

Deno.test("Ext4.walk() goes no deeper than it is told", async () => {
  using filesystem = await Ext4.open(TINY);
  assert.deepEqual(await paths(filesystem, "/usr", { maxDepth: 0 }), ["/usr"]);
  assert.deepEqual(await paths(filesystem, "/usr", { maxDepth: 1 }), ["/usr", "/usr/lib"]);
  const depths = (await walk(filesystem, "/usr")).map(({ depth }) => depth);
  assert.deepEqual(depths, [0, 1, 2]);
});

Deno.test("Ext4.walk() finds every name of a tree that is deeper than any system's", async () => {
  const made: string[] = [];
  const fill = async (root: string) => {
    for (let path = "", level = 0; level < 40; level++) {
      for (const name of ["a", "b", "c"]) made.push(`${path}/${name}`);
      await Deno.mkdir(`${root}${path}/a`);
      await Deno.mkdir(`${root}${path}/b`);
      await Deno.writeTextFile(`${root}${path}/c`, `${level}`);
      // Both ways down, so that some names come before a folder with more below it and some after.
      path += level % 2 === 0 ? "/a" : "/b";
    }
  };
  await withImage({ options: [...PLAIN, "-N", "256"], fill }, async (image) => {
    using filesystem = await Ext4.open(image);
    const found = (await walk(filesystem)).filter(({ path, error }) => {
      assert.equal(error, undefined, path);
      return path !== "/" && path !== "/lost+found";
    });
    assert.deepEqual(found.map(({ path }) => path).sort(), made.sort());
    for (const { path, info } of found) {
      assert.equal(info?.ino, (await filesystem.lstat(path)).ino, path);
    }
  });
});

Deno.test("Ext4.walk() keeps the bytes of names that are not UTF-8", async () => {
  const folder = new Uint8Array([0x64, 0xff]);
  const commands = ["mkdir d\xff", "symlink d\xff/ascii /target", "symlink d\xff/\xc3\xa9 /target"];
  await withImage({ commands }, async (image) => {
    using filesystem = await Ext4.open(image);
    const [, entry, first, second] = (await walk(filesystem)).filter(({ name }) =>
      name !== "lost+found"
    );
    assert.equal(entry?.path, "/d\ufffd");
    assert.deepEqual(entry?.nameBytes, folder);
    assert.deepEqual(entry?.pathBytes, new Uint8Array([0x2f, ...folder]));
    const others = [first, second].map((other) => [other?.path, other?.pathBytes.toHex()]);
    assert.deepEqual(others.sort(), [
      ["/d\ufffd/ascii", "2f64ff2f6173636969"],
      ["/d\ufffd/é", "2f64ff2fc3a9"],
    ]);
    for (const { pathBytes, info } of [entry!, first!, second!]) {
      assert.equal((await filesystem.lstat(pathBytes)).ino, info?.ino);
    }
  });
});

Deno.test("Ext4.walk() gives names of any kind beside plain ones", async () => {
  const names = ["plain", "caf\u00e9", "\u65e5\u672c", "\u{1f427}", "back\\slash", "a\nb"];
  const fill = (folder: string) => {
    for (const name of names) Deno.writeTextFileSync(`${folder}/${name}`, name);
    Deno.mkdirSync(`${folder}/caf\u00e9 folder`);
    Deno.writeTextFileSync(`${folder}/caf\u00e9 folder/inside`, "inside");
  };
  await withImage({ options: PLAIN, fill }, async (image) => {
    using filesystem = await Ext4.open(image);
    for (const { path, name, pathBytes, nameBytes, info } of await walk(filesystem)) {
      assert.deepEqual(pathBytes, new TextEncoder().encode(path));
      assert.deepEqual(nameBytes, new TextEncoder().encode(name));
      if (info?.isFile) assert.equal(await filesystem.readTextFile(path), name);
    }
    const found = (await paths(filesystem)).filter((path) => !path.includes("+"));
    const wanted = ["/", "/caf\u00e9 folder", "/caf\u00e9 folder/inside"];
    assert.deepEqual(found.sort(), [...wanted, ...names.map((name) => `/${name}`)].sort());
  });
});

Deno.test("Ext4.walk() keeps a byte order mark at the beginning of a name", async () => {
  await withImage({ commands: ["mkdir \xef\xbb\xbfname"] }, async (image) => {
    using filesystem = await Ext4.open(image);
    const names = (await walk(filesystem)).map(({ name }) => name);
    assert.deepEqual(names, ["", "lost+found", "\ufeffname"]);
    assert.ok(await filesystem.exists("/\ufeffname"));
  });
});

Deno.test("Ext4.walk() says of a folder with two names that this cannot be", async () => {
  const commands = ["mkdir a", "mkdir a/b", "link a a/b/loop"];
  await withImage({ commands }, async (image) => {
    using filesystem = await Ext4.open(image);
    const entries = await walk(filesystem, "/a");
    assert.deepEqual(entries.map(({ path }) => path), ["/a", "/a/b", "/a/b/loop"]);
    assert.ok(entries[2]?.error instanceof Corrupt);
    assert.ok(await filesystem.exists("/a/b/loop/b/loop/b"));
  });
});

Deno.test("Ext4.walk() goes on after a name that leads to nothing", async () => {
  const fill = (folder: string) => {
    for (const name of ["first", "second", "third"]) {
      Deno.writeTextFileSync(`${folder}/${name}`, "");
    }
  };
  const commands = ["clri second"];
  await withImage({ options: PLAIN, fill, commands }, async (image) => {
    using filesystem = await Ext4.open(image);
    const entries = await walk(filesystem, "/");
    const dead = entries.filter(({ error }) => error !== undefined);
    assert.deepEqual(dead.map(({ path }) => path), ["/second"]);
    assert.match(dead[0]!.error!.message, /^Cannot read the inode \d+: a name leads to it, but/);
    assert.equal(entries.length, 5);
    await assert.rejects(filesystem.lstat("/second"), Corrupt);
  });
});

Deno.test("Ext4.walk() says of a name with a slash in it that this cannot be", async () => {
  const fill = (folder: string) => {
    for (const name of ["aXb", "other"]) Deno.writeTextFileSync(`${folder}/${name}`, "");
  };
  await withImage({ options: PLAIN, fill }, async (image) => {
    const bytes = await Deno.readFile(image);
    const text = new TextDecoder("latin1").decode(bytes);
    bytes[text.indexOf("aXb") + 1] = 0x2f;
    await Deno.writeFile(image, bytes);
    using filesystem = await Ext4.open(image);
    const entries = await walk(filesystem);
    const dead = entries.filter(({ error }) => error !== undefined);
    assert.deepEqual(dead.map(({ name }) => name), ["a/b"]);
    await assert.rejects(Array.fromAsync(filesystem.readDir("/")), Corrupt);
  });
});
