/**
 * The images that Apple's own formatter wrote, beside the kernel's loop mount.
 *
 * They are not part of this repository: without the folder of shared fixtures, there are no such tests.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

import { Corrupt, Ext4 } from "../../lib/ext4/mod.ts";
import { byteString, differences, type Tree } from "./support/facts.ts";
import { kernelTree } from "./support/kernel_facts.ts";
import { readNames } from "./support/libc.ts";
import { run, withMount } from "./support/programs.ts";
import { readerTree } from "./support/reader_facts.ts";

const FIXTURES = fileURLToPath(new URL("../../../shared/fixtures/", import.meta.url));
const ARCHIVES = ["container-1.2.tar.zst", "container-0.6.tar.zst"];
const isLinuxRoot = Deno.build.os === "linux" && Deno.uid() === 0;

/** What `/h` of the image `broken` should have, and what its formatter lost of it. */
const DEAD_NAMES = ["/h/second", "/h/third", "/h/over2"];

if (isPresent(FIXTURES)) {
  for (const archive of ARCHIVES) {
    Deno.test({
      name: `Ext4 sees in the snapshots of ${archive} what the kernel sees`,
      // Loop mounts need Linux and root.
      ignore: !isLinuxRoot,
      fn: async (test) => {
        const folder = await Deno.makeTempDir({ prefix: "snapvm-fixtures-" });
        try {
          await run("tar", ["--zstd", "-xf", FIXTURES + archive, "-C", folder]);
          const snapshots = `${folder}/com.apple.container/snapshots`;
          const special = { broken: 0, secondPoint: 0 };
          for (const { name } of Deno.readDirSync(snapshots)) {
            const image = `${snapshots}/${name}/snapshot`;
            if (!isPresent(image)) continue;
            await test.step(name, () => compare(image, special));
          }
          // Else the tests did not see what they are for.
          assert.deepEqual(special, { broken: 1, secondPoint: archive.includes("1.2") ? 1 : 0 });
        } finally {
          await Deno.remove(folder, { recursive: true });
        }
      },
    });
  }
}

function isPresent(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function compare(
  image: string,
  special: { broken: number; secondPoint: number },
): Promise<void> {
  using filesystem = await Ext4.open(image);
  const ours = await readerTree(filesystem);
  // Without `noload` the kernel would want to write what it has to recover.
  const { truth, points } = await withMount(image, "ro,noload", (root) => ({
    truth: kernelTree(root),
    points: readNames(root).filter((name) => byteString(name) === ".").length,
  }));
  assert.ok(truth.size > 4, `only ${truth.size} paths`);
  for (const [path, facts] of truth) {
    if (facts.xattrs !== "unreadable") continue;
    // The formatter stored ACLs as `getxattr` gives them. The kernel refuses them; the reader hands them on.
    assert.match(String(ours.get(path)?.xattrs), /system\.posix_acl_access=02000000/, path);
    delete facts.xattrs;
  }
  assert.deepEqual(differences(truth, ours).slice(0, 20), []);

  assert.ok(!ours.has("/.") && !ours.has("/.."));
  if (points === 2) special.secondPoint++;
  if (ours.has(DEAD_NAMES[0]!)) {
    special.broken++;
    await checkBroken(filesystem, ours);
  }
}

async function checkBroken(filesystem: Ext4, tree: Tree): Promise<void> {
  const unreadable = [...tree].filter(([, facts]) => facts.unreadable).map(([path]) => path);
  assert.deepEqual(unreadable.sort(), [...DEAD_NAMES].sort());
  for (const path of DEAD_NAMES) {
    await assert.rejects(filesystem.stat(path), Corrupt);
    await assert.rejects(filesystem.readFile(path), Corrupt);
  }
}
