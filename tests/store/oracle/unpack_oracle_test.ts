/**
 * From layers to an image, beside other people's programs: what `umoci` unpacks from the same layers, the kernel sees in
 * the image, and `e2fsck` has nothing to say against it.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Ext4WriterOptions } from "../../../lib/ext4/mod.ts";
import { differences, type Tree } from "../../ext4/support/facts.ts";
import { kernelTree } from "../../ext4/support/kernel_facts.ts";
import { withMount } from "../../ext4/support/programs.ts";
import { compareTrees } from "./support/compare.ts";
import { debianStack } from "./support/debian_stack.ts";
import {
  type Compression,
  layerInput,
  packLayer,
  unpackWithUmoci,
  writeImage,
} from "./support/layers.ts";
import { fsck, withWritableMount } from "./support/mount.ts";
import { BEYOND_UMOCI, BEYOND_UMOCI_FACTS, nastyStack, UNTIMED } from "./support/nasty_stack.ts";

const MIB = 1024 * 1024;

/** How the images are written that are compared. */
const KINDS: readonly { readonly name: string; readonly options: Ext4WriterOptions }[] = [
  { name: "without a journal", options: { journal: false } },
  { name: "with a journal and checksums", options: { journal: true, checksums: true } },
  { name: "of a chosen size", options: { journal: false, size: 200 * MIB } },
];
const COMPRESSIONS: readonly Compression[] = ["+gzip", "+zstd", ""];

Deno.test("a nasty stack of layers becomes what umoci makes of it, in images of every kind", async (t) => {
  await withFolder(async (folder) => {
    const archives = nastyStack().map(packLayer);
    const truth = kernelTree(await unpackWithUmoci(folder, archives));
    assert.ok(truth.size > 1500, `only ${truth.size} paths`);
    const layers = archives.map((archive, nth) => layerInput(archive, COMPRESSIONS[nth % 3]));
    for (const { name, options } of KINDS) {
      await t.step(name, async () => {
        const image = `${folder}/image`;
        await writeImage(image, layers, options);
        await fsck(image);
        const ours = await withMount(image, "ro,noload", kernelTree);
        assert.deepEqual(compareTrees(truth, ours, { untimed: UNTIMED }), []);
        await Deno.remove(image);
      });
    }
  });
});

Deno.test("what umoci gets wrong is in the image as the specification says", async () => {
  await withFolder(async (folder) => {
    const image = `${folder}/image`;
    await writeImage(image, BEYOND_UMOCI.map((members) => layerInput(packLayer(members))), {});
    await fsck(image);
    const ours: Tree = await withMount(image, "ro,noload", kernelTree);
    ours.delete("/");
    ours.delete("/lost+found");
    assert.deepEqual(differences(BEYOND_UMOCI_FACTS, ours), []);
  });
});

Deno.test("layers of Debian's packages become what umoci makes of them, and can be written to until they are full", async (t) => {
  await withFolder(async (folder) => {
    const archives = await debianStack();
    const truth = kernelTree(await unpackWithUmoci(folder, archives));
    assert.ok(truth.size > 400, `only ${truth.size} paths`);
    const layers = archives.map((archive) => layerInput(archive, "+gzip"));
    for (const journal of [false, true]) {
      await t.step(journal ? "with a journal" : "without a journal", async () => {
        const image = `${folder}/image`;
        await writeImage(image, layers, { journal, size: 96 * MIB });
        await fsck(image);
        const written = await withWritableMount(image, (root) => {
          const ours = kernelTree(root);
          assert.deepEqual(compareTrees(truth, ours, { untimed: ["/"] }), []);
          return fillUp(root);
        });
        assert.ok(written > 10 * MIB, `only ${written} bytes were free`);
        await fsck(image);
        await withMount(image, "ro", (root) => {
          // What was there is still there beside what was written.
          const ours = kernelTree(root);
          for (const path of [...ours.keys()]) if (path.startsWith("/filled")) ours.delete(path);
          assert.deepEqual(compareTrees(truth, ours, { untimed: ["/"] }), []);
        });
        await Deno.remove(image);
      });
    }
  });
});

/** Writes until there is no space, removes half of it, and does it again; how many bytes were written the first time. */
function fillUp(root: string): number {
  const chunk = new Uint8Array(MIB).fill(0x5a);
  let first = 0;
  for (const round of [1, 2]) {
    Deno.mkdirSync(`${root}/filled-${round}`);
    let total = 0;
    try {
      for (let nth = 0;; nth++) {
        // Small files use up inodes and folders, large ones the space.
        const size = nth % 2 === 0 ? 1000 : MIB;
        Deno.writeFileSync(`${root}/filled-${round}/file-${nth}`, chunk.subarray(0, size));
        total += size;
      }
    } catch (error) {
      assert.match(String(error), /No space left on device/);
    }
    if (round === 1) {
      first = total;
      const names = Array.from(Deno.readDirSync(`${root}/filled-1`), ({ name }) => name);
      for (const name of names.slice(0, names.length / 2)) {
        Deno.removeSync(`${root}/filled-1/${name}`);
      }
    }
  }
  return first;
}

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "snapvm-oracle-" });
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
