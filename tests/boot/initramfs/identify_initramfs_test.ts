import assert from "node:assert/strict";
import { identifyInitramfs, type InitramfsKind } from "../../../lib/boot/mod.ts";
import { arm64Image, compress, noise } from "../support/kernels.ts";
import { filter, withFolder } from "../support/programs.ts";
import { chunksOf } from "../support/sources.ts";
import { plant, type Tree } from "../support/trees.ts";

/** An archive of a tree, made by cpio. The names are in the given order, without the folders. */
async function archiveOf(tree: Tree): Promise<Uint8Array<ArrayBuffer>> {
  return await withFolder(async (folder) => {
    await plant(folder, tree);
    const names = new TextEncoder().encode(Object.keys(tree).map((name) => `${name}\n`).join(""));
    return await filter(["cpio", "-o", "-H", "newc"], names, folder);
  });
}

async function joined(...parts: Uint8Array<ArrayBuffer>[]): Promise<Uint8Array<ArrayBuffer>> {
  return await new Blob(parts).bytes();
}

const MICROCODE = await archiveOf({ "kernel/x86/microcode/GenuineIntel.bin": noise(10_000) });
const SYSTEMD = await archiveOf({
  "bin/sh": noise(50_000),
  "etc/initrd-release": "ID=x",
  "init": { link: "usr/lib/systemd/systemd" },
});
const BUSYBOX = await archiveOf({ "bin/busybox": noise(50_000), "init": "#!/bin/busybox sh" });

const TREES: readonly (readonly [string, Tree, InitramfsKind])[] = [
  ["dracut with systemd", {
    "etc/initrd-release": "ID=x",
    "init": { link: "/usr/lib/systemd/systemd" },
  }, "systemd"],
  ["systemd behind another init", {
    "init": "#!/bin/sh",
    "usr/lib/systemd/systemd": "elf",
  }, "systemd"],
  ["systemd before /usr was one", { "./lib/systemd/systemd": "elf" }, "systemd"],
  ["a release file alone", { "etc/initrd-release": "ID=x", "bin/sh": "elf" }, "systemd"],
  ["dracut without systemd", { "etc/initrd-release": "ID=x", "init": "#!/bin/sh" }, "other"],
  ["Debian's initramfs-tools", {
    "bin/sh": "elf",
    "conf/initramfs.conf": "MODULES=most",
    "init": "#!/bin/sh",
  }, "initramfs-tools"],
  ["its functions", { "init": "#!/bin/sh", "scripts/functions": "" }, "initramfs-tools"],
  ["busybox", { "init": "#!/bin/sh", "bin/busybox": "elf" }, "other"],
];

for (const [name, tree, kind] of TREES) {
  Deno.test(`identifyInitramfs() knows ${name}`, async () => {
    assert.equal(await identifyInitramfs(chunksOf(await archiveOf(tree))), kind);
  });
}

Deno.test("identifyInitramfs() looks behind microcode and into every compression", async () => {
  const rows: (readonly [string, Uint8Array<ArrayBuffer>, InitramfsKind])[] = [
    ["nothing", new Uint8Array(0), "other"],
    ["NULs", new Uint8Array(100_000), "other"],
    ["no archive", arm64Image(), "other"],
    ["lzma", await compress("lzma", SYSTEMD), "other"],
    ["microcode and another archive", await joined(MICROCODE, SYSTEMD), "systemd"],
    [
      "two archives in one stream",
      await compress("zstd", await joined(MICROCODE, SYSTEMD)),
      "systemd",
    ],
  ];
  for (const type of ["gzip", "zstd", "xzkern", "lz4"] as const) {
    const padding = new Uint8Array(512);
    const packed = await compress(type, SYSTEMD);
    rows.push([type, await joined(MICROCODE, padding, packed), "systemd"]);
  }
  for (const type of ["gzip", "zstd"] as const) {
    const packed = await compress(type, BUSYBOX);
    const padding = new Uint8Array((4 - packed.length % 4) % 4);
    rows.push([`what follows ${type}`, await joined(packed, padding, SYSTEMD), "systemd"]);
  }
  for (const [name, initramfs, kind] of rows) {
    assert.equal(await identifyInitramfs(chunksOf(initramfs)), kind, name);
  }
});

Deno.test("identifyInitramfs() reads no further than the proof", async () => {
  const initramfs = await joined(SYSTEMD, noise(20_000_000));
  let bytes = 0;
  async function* counted() {
    for await (const chunk of chunksOf(initramfs)) {
      bytes += chunk.length;
      yield chunk;
    }
  }
  assert.equal(await identifyInitramfs(counted()), "systemd");
  assert.ok(bytes < 200_000, `${bytes}`);
});

Deno.test("identifyInitramfs() refuses an initramfs that is damaged", async () => {
  const packed = await compress("zstd", BUSYBOX);
  const wrongName = BUSYBOX.slice();
  wrongName.set(new TextEncoder().encode("FFFFFFFF"), 94);
  const rows = [
    BUSYBOX.slice(0, 40_000),
    packed.slice(0, 20_000),
    wrongName,
    await joined(BUSYBOX.slice(0, 112), noise(1000)),
  ];
  for (const initramfs of rows) {
    await assert.rejects(identifyInitramfs(chunksOf(initramfs)), { code: "corrupt-initramfs" });
  }
});

Deno.test("identifyInitramfs() gives up after 512 MiB", async () => {
  const bomb = await compress("zstd", await archiveOf({ "big": new Uint8Array(260 << 20) }));
  assert.equal(await identifyInitramfs(chunksOf(await joined(bomb, SYSTEMD))), "systemd");
  assert.equal(await identifyInitramfs(chunksOf(await joined(bomb, bomb, SYSTEMD))), "other");
});
