import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import {
  addImage,
  checkStore,
  openImage,
  type OwnStore,
  prune,
  removeImage,
  resolveImage,
  tagImage,
  unpackImage,
} from "../../../lib/store/mod.ts";
import { holdSnapshot } from "../../../lib/store/snapshot/hold_snapshot.ts";
import { ingestPath } from "../../../lib/store/content/store_paths.ts";
import { type Layout, type WatchedOptions, WatchedSource } from "../support/layout.ts";
import { filesIn, withOwnStore } from "../support/own_store.ts";
import { AMD64 } from "../support/test_store.ts";

async function bring(own: OwnStore, layout: Layout, reference?: string, options?: WatchedOptions) {
  await using source = await WatchedSource.open(layout, options);
  return await addImage(own, source, { reference, platform: AMD64 });
}

Deno.test("prune() removes what no reference leads to, and nothing else", () =>
  withOwnStore(async ({ own, image }) => {
    const kept = await image();
    const shared = { seed: 50, layers: 2 };
    await bring(own, kept, "kept:1");
    const before = await filesIn(own.root);
    await bring(own, await image(shared), "gone:1");
    const unnamed = await bring(own, await image());
    await tagImage(own, "kept:1", "quay.io/example/kept:2");
    assert.deepEqual(await removeImage(own, "gone:1"), {
      reference: "docker.io/library/gone:1",
    });
    await removeImage(own, "kept:1");
    const digest = `sha256:${"a".repeat(64)}`;
    await Deno.writeFile(ingestPath(own.root, digest), new Uint8Array(5000));
    await Deno.mkdir(join(own.root, "snapshots/ingest/half"));
    await Deno.writeTextFile(join(own.root, "snapshots/ingest/half/snapshot"), "half");
    await Deno.writeTextFile(join(own.root, "state.json.new"), "{");

    const all = await filesIn(own.root);
    const dry = await prune(own, { dryRun: true });
    assert.deepEqual(await filesIn(own.root), all);
    const { removed, size } = await prune(own);
    assert.deepEqual({ removed, size }, dry);
    const count = (kind: string) => removed.filter((item) => item.kind === kind).length;
    // Of each image two layers, a configuration, a manifest and an index.
    assert.deepEqual(
      ["blob", "snapshot", "download", "unpacking", "temporary"].map(count),
      [10, 2, 1, 1, 1],
    );
    assert.ok(removed.some((item) => item.kind === "download" && item.digest === digest));
    assert.ok(removed.some((item) => item.digest === unnamed.manifest));
    assert.equal(size, removed.reduce((sum, item) => sum + item.size, 0));
    assert.ok(size > 400_000, `${size}`);
    assert.deepEqual(await filesIn(own.root), before);
    assert.deepEqual((await checkStore(own)).findings, []);
    const state = JSON.parse(await Deno.readTextFile(join(own.root, "state.json")));
    assert.deepEqual(Object.keys(state), ["quay.io/example/kept:2"]);
  }));

Deno.test("prune() leaves a snapshot that a machine runs on, and unpackImage() does not replace it", () =>
  withOwnStore(async ({ own, image }) => {
    const { manifest, snapshot } = await bring(own, await image(), "running:1");
    const before = Deno.env.get("SNAPVM_HOME");
    Deno.env.set("SNAPVM_HOME", dirname(own.root));
    try {
      using _running = await openImage("running:1", { platform: AMD64 });
      await removeImage(own, "running:1");
      const { removed } = await prune(own);
      assert.equal(removed.length, 5);
      assert.ok(removed.every(({ kind }) => kind === "blob"));
      assert.ok((await Deno.stat(snapshot!.path)).isFile);
    } finally {
      if (before === undefined) Deno.env.delete("SNAPVM_HOME");
      else Deno.env.set("SNAPVM_HOME", before);
    }
    const { removed } = await prune(own);
    assert.deepEqual(removed.map(({ kind, digest }) => [kind, digest]), [["snapshot", manifest]]);

    await bring(own, await image(), "running:2");
    const path = (await resolveImage("running:2", { stores: [own], host: AMD64 })).snapshot.path;
    using _hold = await holdSnapshot(path);
    await assert.rejects(
      unpackImage(own, "running:2", { stores: [own], platform: AMD64, force: true }),
      { code: "snapshot-in-use", data: { path } },
    );
    assert.deepEqual((await checkStore(own)).findings, []);
  }));

Deno.test("prune() takes nothing while an image is being brought", () =>
  withOwnStore(async ({ own, image }) => {
    const layout = await image();
    const begun = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const bringing = bring(own, layout, "new:1", {
      onPiece: async () => {
        begun.resolve();
        await goOn.promise;
      },
    });
    await begun.promise;
    await assert.rejects(prune(own), { code: "store-busy", data: { path: own.root } });
    await assert.rejects(checkStore(own, { repair: true }), { code: "store-busy" });
    // What is being brought is not half made.
    const { findings } = await checkStore(own);
    assert.deepEqual(findings.filter(({ kind }) => kind !== "unneeded"), []);
    goOn.resolve();
    await bringing;
    assert.deepEqual((await prune(own)).removed, []);
  }));

Deno.test("tagImage() and removeImage() take references and digests, and refuse what is not there", () =>
  withOwnStore(async ({ own, image }) => {
    const layout = await image({ architectures: ["amd64", "arm64"] });
    const { index, manifest } = await bring(own, layout);
    assert.equal(await tagImage(own, index, "one"), "docker.io/library/one:latest");
    assert.equal(await tagImage(own, "one", "quay.io/x/two:3"), "quay.io/x/two:3");
    await assert.rejects(removeImage(own, index), { code: "ambiguous-digest" });
    await removeImage(own, "one");
    assert.deepEqual(await removeImage(own, index.slice(0, 30)), { reference: "quay.io/x/two:3" });
    // Of a platform's manifest alone an image is made.
    await tagImage(own, manifest, "three");
    const found = await resolveImage("three", { stores: [own], host: AMD64 });
    assert.equal(found.manifest?.digest, manifest);
    assert.equal(found.index?.indirect, true);
    for (const missing of ["four", `sha256:${"0".repeat(64)}`]) {
      await assert.rejects(tagImage(own, missing, "five"), { code: "image-not-found" });
      await assert.rejects(removeImage(own, missing), { code: "image-not-found" });
    }
    await assert.rejects(tagImage(own, "three", "Not A Reference"), { code: "invalid-reference" });
    await Deno.writeTextFile(join(own.root, "state.json"), "{");
    for (const work of [() => prune(own), () => removeImage(own, "three")]) {
      await assert.rejects(work, { code: "store-unreadable" });
    }
  }));
