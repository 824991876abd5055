/**
 * The reader beside the kernel's loop mount and `debugfs`: whatever they say about an image, it says too.
 *
 * @module
 */

import assert from "node:assert/strict";

import { Ext4 } from "../../lib/ext4/mod.ts";
import { debugfsTree } from "./support/debugfs_facts.ts";
import { differences, type Tree } from "./support/facts.ts";
import { IMAGE_KINDS, type ImageKind, makeImage, withSource } from "./support/images.ts";
import { kernelTree } from "./support/kernel_facts.ts";
import { withMount } from "./support/programs.ts";
import { readerTree } from "./support/reader_facts.ts";

/** Loop mounts need Linux and root. */
const ignore = Deno.build.os !== "linux" || Deno.uid() !== 0;

Deno.test({
  name: "Ext4 sees in an image of every kind what the kernel and debugfs see",
  ignore,
  fn: async (test) => {
    await withSource(async (source) => {
      for (const kind of IMAGE_KINDS) {
        await test.step(kind.name, () => compare(kind, source));
      }
    });
  },
});

async function compare(kind: ImageKind, source: string): Promise<void> {
  const image = await Deno.makeTempFile({ prefix: "snapvm-oracle-", suffix: ".ext4" });
  try {
    await makeImage(kind, image, source);
    const ours = await read(image);
    const contents = kind.truth === "debugfs";
    const witnesses = [
      await debugfsTree(image, { contents, blockSize: kind.blockSize ?? 1024 }),
      ...kind.truth === "debugfs" ? [] : [await withMount(image, "ro", kernelTree)],
    ];
    for (const truth of witnesses) {
      // An empty tree would agree with everything.
      assert.ok(truth.size > 400, `only ${truth.size} paths`);
      assert.deepEqual(differences(truth, ours).slice(0, 20), []);
    }
  } finally {
    await Deno.remove(image);
  }
}

async function read(image: string): Promise<Tree> {
  using filesystem = await Ext4.open(image);
  return await readerTree(filesystem);
}
