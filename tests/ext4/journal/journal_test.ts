/**
 * Images in need of recovery: the reader changes nothing, and sees what recovery makes of a copy.
 *
 * @module
 */

import assert from "node:assert/strict";

import { Ext4, Incompatible } from "../../../lib/ext4/mod.ts";
import { debugfsTree } from "../support/debugfs_facts.ts";
import { differences, type Tree } from "../support/facts.ts";
import {
  FAST_COMMITS,
  JOURNAL_KINDS,
  type JournalKind,
  makeJournalImage,
} from "../support/journal_images.ts";
import { kernelTree } from "../support/kernel_facts.ts";
import { lstat } from "../support/libc.ts";
import { run, withMount } from "../support/programs.ts";
import { readerTree } from "../support/reader_facts.ts";

/** Loop mounts need Linux and root. */
const ignore = Deno.build.os !== "linux" || Deno.uid() !== 0;

Deno.test({
  name: "Ext4 sees in an image that needs recovery what the kernel and e2fsck recover",
  ignore,
  fn: async (test) => {
    for (const kind of JOURNAL_KINDS) {
      await test.step(kind.name, () => compare(kind));
    }
  },
});

Deno.test({
  name: "Ext4.open() names fast commits, which it cannot replay",
  ignore,
  fn: async () => {
    const folder = await Deno.makeTempDir({ prefix: "snapvm-journal-" });
    try {
      await makeJournalImage(FAST_COMMITS, `${folder}/image.ext4`);
      await assert.rejects(Ext4.open(`${folder}/image.ext4`), (error) => {
        assert.ok(error instanceof Incompatible);
        assert.match(error.message, /fast.commit/);
        return true;
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

async function compare(kind: JournalKind): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "snapvm-journal-" });
  try {
    const image = `${folder}/image.ext4`;
    await makeJournalImage(kind, image);
    const before = lastWrite(image);
    const ours = await read(image);
    assert.equal(lastWrite(image), before, "the image was changed");

    const witnesses = [await recoverByE2fsck(kind, image, `${folder}/e2fsck.ext4`)];
    if (kind.truth !== "e2fsck") {
      witnesses.push(await recoverByKernel(image, `${folder}/kernel.ext4`));
    }
    for (const truth of witnesses) {
      assert.ok(truth.size > 4, `only ${truth.size} paths`);
      assert.deepEqual(differences(truth, ours).slice(0, 20), []);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function recoverByKernel(image: string, copy: string): Promise<Tree> {
  await run("cp", ["--sparse=always", image, copy]);
  // The kernel recovers only what it can write to.
  return await withMount(copy, "noatime,noinit_itable", kernelTree);
}

async function recoverByE2fsck(kind: JournalKind, image: string, copy: string): Promise<Tree> {
  await run("cp", ["--sparse=always", image, copy]);
  // `journal_only`: recovers, and repairs nothing else.
  await run("e2fsck", ["-y", "-E", "journal_only", copy]);
  return await debugfsTree(copy, { contents: true, blockSize: kind.blockSize ?? 1024 });
}

async function read(image: string): Promise<Tree> {
  using filesystem = await Ext4.open(image);
  return await readerTree(filesystem);
}

/** When the image was last written to. */
function lastWrite(path: string): bigint {
  return lstat(path).ctime;
}
