/**
 * Paths resolved beside the kernel's `openat2` with `RESOLVE_IN_ROOT`, which is what `chroot` makes of them.
 *
 * @module
 */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";

import { Ext4 } from "../../lib/ext4/mod.ts";
import { IMAGE_KINDS, makeImage } from "./support/images.ts";
import {
  ELOOP,
  ENAMETOOLONG,
  ENOENT,
  ENOTDIR,
  KernelFile,
  readNames,
  statInRoot,
  SystemCallError,
} from "./support/libc.ts";
import { withMount } from "./support/programs.ts";

/** Loop mounts need Linux and root. */
const ignore = Deno.build.os !== "linux" || Deno.uid() !== 0;

const PATHS = [
  ...[
    "/",
    "//",
    "/.",
    "/..",
    "/../..",
    "/../names/plain",
    "names/plain",
    "./names/./plain",
    "names",
  ],
  ...["/names/", "/names/plain/", "/names/plain/.", "/names/plain/..", "/names/../names/plain"],
  ...[
    "/names//plain",
    "/nowhere",
    "/nowhere/",
    "/nowhere/..",
    "/nowhere/../names",
    "/names/plain/x",
  ],
  ...["/names/PLAIN", "/names/Plain", "/names/ünïcødé", "/names/u\u0308ni\u0308co\u0308de"],
  ...["/links/folder", "/links/folder/1", "/links/folder/", "/links/folder/..", "/links/slash/1"],
  ...["/links/here/here/here/names/plain", "/links/here/../names/plain", "/links/root/names/plain"],
  ...["/links/root/../names/plain", "/links/absolute/", "/links/self/x", "/links/dangling/"],
  ...["/links/root/links/root/links/root/links/chain 37", "/links/root/links/root/links/chain 39"],
  ...["/nodes/fifo", "/nodes/fifo/x", "/links/fifo", "/files/1/../1"],
];

Deno.test({
  name: "Ext4.stat() resolves every path as the kernel does below the root",
  ignore,
  fn: () =>
    withImage(async (filesystem, root) => {
      const links = readNames(`${root}/links`).map((name) => new TextDecoder().decode(name));
      for (const path of [...PATHS, ...links.map((name) => `/links/${name}`)]) {
        const [truth, ours] = [kernelAnswer(root, path), await readerAnswer(filesystem, path)];
        assert.equal(ours, truth, JSON.stringify(path));
        assert.equal(await filesystem.exists(path), typeof truth === "number", `exists ${path}`);
      }
    }),
});

Deno.test({
  name: "Ext4.readFile(), readable() and copyTo() give the same bytes as the kernel",
  ignore,
  fn: () =>
    withImage(async (filesystem, root) => {
      const copy = await Deno.makeTempFile({ prefix: "snapvm-copy-" });
      try {
        for (
          const path of [
            "/files/0",
            "/files/49153",
            "/holes/only",
            "/holes/last, odd",
            "/holes/unaligned",
          ]
        ) {
          using original = KernelFile.open(root + path);
          const { size, blocks } = await filesystem.stat(path);
          const truth = digest(readAll(original, size));
          assert.equal(digest(await filesystem.readFile(path)), truth, `readFile() of ${path}`);
          const stream = createHash("sha256");
          for await (const chunk of filesystem.readable(path)) stream.update(chunk);
          assert.equal(stream.digest("hex"), truth, `readable() of ${path}`);
          {
            using file = await Deno.open(copy, { write: true });
            await filesystem.copyTo(path, file);
          }
          assert.equal(digest(await Deno.readFile(copy)), truth, `copyTo() of ${path}`);
          // Holes are kept: each range of the original takes at most a block more at either end.
          const copied = (await Deno.stat(copy)).blocks ?? 0;
          assert.ok(copied <= blocks + 16 * 8, `${path} takes ${copied} sectors for ${blocks}`);
        }
      } finally {
        await Deno.remove(copy);
      }
    }),
});

async function withImage(use: (filesystem: Ext4, root: string) => Promise<void>): Promise<void> {
  const image = await Deno.makeTempFile({ prefix: "snapvm-resolve-", suffix: ".ext4" });
  try {
    const kind = IMAGE_KINDS.find(({ name }) => name === "ext4");
    assert.ok(kind !== undefined);
    await makeImage(kind, image, "");
    using filesystem = await Ext4.open(image);
    await withMount(image, "ro", (root) => use(filesystem, root));
  } finally {
    await Deno.remove(image);
  }
}

/** The inode's number, or why there is none. */
function kernelAnswer(root: string, path: string): number | string {
  try {
    return statInRoot(root, path).ino;
  } catch (error) {
    if (!(error instanceof SystemCallError)) throw error;
    // `Deno` has no class for a name that is too long to exist.
    const names = new Map([
      [ENOENT, "NotFound"],
      [ENAMETOOLONG, "NotFound"],
      [ENOTDIR, "NotADirectory"],
      [ELOOP, "FilesystemLoop"],
    ]);
    return names.get(error.errno) ?? `errno ${error.errno}`;
  }
}

async function readerAnswer(filesystem: Ext4, path: string): Promise<number | string> {
  try {
    return (await filesystem.stat(path)).ino;
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}

function readAll(file: KernelFile, size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  for (let done = 0; done < size;) done += file.read(bytes.subarray(done), done);
  return bytes;
}

function digest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
