import assert from "node:assert/strict";
import { join } from "node:path";
import { Ext4 } from "../../../lib/ext4/mod.ts";
import {
  openImage,
  openLabelled,
  openOwnStore,
  prune,
  type SnapshotLabels,
} from "../../../lib/store/mod.ts";
import { copyLabelled } from "../../../lib/store/labelled/copy_labelled.ts";
import { byteString, type Facts, type Tree } from "../../ext4/support/facts.ts";
import { IMAGE_KINDS, makeImage, withSource } from "../../ext4/support/images.ts";
import { kernelTree } from "../../ext4/support/kernel_facts.ts";
import { run, withMount } from "../../ext4/support/programs.ts";

const LABELS: SnapshotLabels = {
  find: (path, kind) => path.includes("a") ? `u:r:${kind}_${path.length}_t:s0` : undefined,
};

const LETTERS: Readonly<Record<string, string>> = {
  "10": "-",
  "04": "d",
  "12": "l",
  "02": "c",
  "06": "b",
  "01": "p",
  "14": "s",
};

/** What stays, with the label that the file is to get. */
function expected(path: string, facts: Facts): Facts {
  const kind = LETTERS[facts.mode!.padStart(6, "0").slice(0, 2)]!;
  const label = LABELS.find(path, kind as "-");
  const own = Array.isArray(facts.xattrs) ? facts.xattrs : [];
  const value = label === undefined ? [] : [
    `security.selinux=${new TextEncoder().encode(`${label}\0`).toHex()}`,
  ];
  const others = own.filter((line) => label === undefined || !line.startsWith("security.selinux="));
  return comparable({ ...facts, xattrs: [...others, ...value].sort() });
}

/** Without what a copy may have differently. */
function comparable(facts: Facts): Facts {
  const { ino: _ino, blocks: _blocks, birthtime: _birthtime, generation: _generation, ...rest } =
    facts;
  delete rest.flags;
  if (facts.mode!.padStart(6, "0").startsWith("04")) delete rest.size;
  return rest;
}

const show = (tree: Tree, map: (path: string, facts: Facts) => Facts) =>
  new Map(
    [...tree].sort(([a], [b]) => a < b ? -1 : 1).map(([path, facts]) => [path, map(path, facts)]),
  );

/** Groups of names that lead to the same file. */
function links(tree: Tree): string[] {
  const groups = Map.groupBy(tree, ([, { ino }]) => ino);
  return [...groups.values()].filter(({ length }) => length > 1)
    .map((names) => names.map(([path]) => path).sort().join(" ")).sort();
}

Deno.test("copyLabelled() changes labels and nothing else, as the kernel sees it", async (test) => {
  await withSource(async (source) => {
    for (
      const kind of IMAGE_KINDS.filter(({ blockSize, truth }) => blockSize === 4096 && !truth)
        .slice(0, 1)
    ) {
      await test.step(kind.name, async () => {
        const folder = await Deno.makeTempDir();
        const original = join(folder, "original");
        const copy = join(folder, "copy");
        await makeImage(kind, original, source);
        {
          using filesystem = await Ext4.open(original);
          await copyLabelled(filesystem, copy, { labels: LABELS });
        }
        await run("e2fsck", ["-fn", copy]);
        const before = await withMount(original, "ro", kernelTree);
        const after = await withMount(copy, "ro", kernelTree);
        assert.ok(before.size > 400, `only ${before.size} paths`);
        assert.deepEqual(show(after, (_, facts) => comparable(facts)), show(before, expected));
        assert.deepEqual(links(after), links(before));
        await Deno.remove(folder, { recursive: true });
      });
    }
  });
});

async function withHome(work: (home: string, image: string) => Promise<void>): Promise<void> {
  const home = await Deno.makeTempDir();
  const image = join(home, "tiny.ext4");
  await Deno.copyFile("tests/fixtures/tiny.ext4", image);
  await work(home, image);
  await Deno.remove(home, { recursive: true });
}

const pruned = async (home: string) => {
  const { removed } = await prune(await openOwnStore({ env: { SNAPVM_HOME: home } }));
  return removed.map(({ kind }) => kind);
};

Deno.test("openLabelled() makes a copy once, whoever asks", async () => {
  await withHome(async (home, image) => {
    using opened = await openImage(image);
    let loaded = 0;
    const load = () => Promise.resolve((loaded++, LABELS));
    const copies = await Promise.all([1, 2, 3].map(() => openLabelled(opened, load, { home })));
    assert.equal(loaded, 1);
    assert.equal(new Set(copies.map((copy) => copy.image.snapshot.path)).size, 1);
    const value = (await copies[0]!.root.xattrs("/etc/hostname")).get("security.selinux");
    assert.equal(byteString(value!), "u:r:-_13_t:s0\0");
    assert.equal(await copies[0]!.root.readTextFile("/etc/hostname"), "tiny\n");
    for (const copy of copies) copy[Symbol.dispose]();
  });
});

Deno.test("openLabelled() leaves nothing that looks whole if it fails", async () => {
  await withHome(async (home, image) => {
    using opened = await openImage(image);
    const fail = () => Promise.reject(new Error("no labels"));
    await assert.rejects(openLabelled(opened, fail, { home }), { message: "no labels" });
    assert.deepEqual(await pruned(home), ["labelled"]);
    using copy = await openLabelled(opened, () => Promise.resolve(LABELS), { home });
    assert.ok(await copy.root.exists("/etc/hostname"));
  });
});

Deno.test("prune() removes a labelled copy when its snapshot is gone and nobody uses it", async () => {
  await withHome(async (home, image) => {
    {
      using opened = await openImage(image);
      using _copy = await openLabelled(opened, () => Promise.resolve(LABELS), { home });
      assert.deepEqual(await pruned(home), []);
      await Deno.remove(image);
      assert.deepEqual(await pruned(home), []);
    }
    assert.deepEqual(await pruned(home), ["labelled"]);
    assert.deepEqual(await pruned(home), []);
  });
});
