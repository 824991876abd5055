import assert from "node:assert/strict";

import { Ext4, type Ext4WriterOptions } from "../../../lib/ext4/mod.ts";
import { differences } from "../support/facts.ts";
import { kernelTree } from "../support/kernel_facts.ts";
import { withMount } from "../support/programs.ts";
import { readerTree } from "../support/reader_facts.ts";
import { Model } from "./support/model.ts";
import { changeAtRandom, randomOf } from "./support/random_changes.ts";
import { withWritten } from "./support/written.ts";

/** Loop mounts need Linux and root. */
const ignore = Deno.build.os !== "linux" || Deno.uid() !== 0;

const MIB = 2 ** 20;
const OPTIONS: readonly Ext4WriterOptions[] = [
  {},
  { size: 200 * MIB + 5000, checksums: true },
  { headroom: 0 },
  { headroom: 3 * MIB, journal: 4 * MIB, checksums: true },
  { size: 64 * MIB, journal: true, label: "sixteen bytes ok" },
];
const ROUNDS = 30;

Deno.test({
  name: "Ext4Writer holds what a simple model holds, after any changes",
  ignore,
  fn: async (test) => {
    for (let seed = 1; seed <= ROUNDS; seed++) {
      await test.step(`seed ${seed}`, () => round(seed));
    }
  },
});

async function round(seed: number): Promise<void> {
  const random = randomOf(seed);
  let model: Model | undefined;
  await withWritten(OPTIONS[seed % OPTIONS.length]!, async (writer) => {
    model = new Model(writer);
    await changeAtRandom(model, random, 40 + random(200));
  }, async (image) => {
    const expected = model!.tree();
    using filesystem = await Ext4.open(image);
    assert.deepEqual(differences(expected, await readerTree(filesystem)).slice(0, 10), []);
    if (seed % 3 !== 0) return;
    const witnessed = await withMount(image, "ro", kernelTree);
    assert.deepEqual(differences(expected, witnessed).slice(0, 10), []);
  });
}
