import assert from "node:assert/strict";
import { formatPlatform, parsePlatform } from "../../lib/oci/mod.ts";
import { listImages, resolveImage, type Store } from "../../lib/store/mod.ts";
import { withAppRoot } from "./support/app_root.ts";
import { patchesOf, run } from "./support/test_store.ts";
import { checkKnownFaults } from "./verify/support/apple_faults.ts";

/** Name, platform, status and the first digits of the manifest of each image. */
async function rows(store: Store): Promise<string[]> {
  const images = await Array.fromAsync(listImages([store]));
  return images.map(({ name, platform, status, manifest }) =>
    `${name} ${platform && formatPlatform(platform)} ${status} ${manifest?.slice(7, 11)}`
  );
}

/** The files of an app root with their sizes and times. */
async function files(store: Store): Promise<string> {
  return await run("find", store.root, "-printf", "%P %s %T@ %m\n");
}

Deno.test("an app root of container 1.2 is listed and resolved, and not touched", (t) =>
  withAppRoot("container-1.2.tar.zst", async (store) => {
    const before = await files(store);
    assert.deepEqual(await rows(store), [
      "broken:latest linux/amd64 ready 3fd2",
      "demo:latest linux/amd64 ready 160f",
      "demo:latest linux/arm64 ready df60",
      "demo:latest linux/s390x not-pulled 5ad3",
      "local/edge:cases linux/amd64 ready 5a22",
      "quay.io/example/uki:1.0 linux/amd64 ready 0e9b",
    ]);

    const options = { stores: [store], host: parsePlatform("linux/amd64") };
    const demo = await resolveImage("demo", options);
    assert.equal(demo.reference, "docker.io/library/demo:latest");
    assert.equal(demo.manifest?.content?.layers.length, 3);
    assert.equal(demo.config?.config?.Labels?.["containers.bootc"], "1");
    assert.equal(demo.snapshot.size, 550_829_555_712);
    assert(demo.snapshot.allocated < 400_000_000);
    assert.deepEqual([demo.snapshot.info?.cache, demo.snapshot.info?.sync], ["on", "fsync"]);
    assert.deepEqual(demo.problems, []);

    const edge = await resolveImage("local/edge:cases", options);
    assert.equal(edge.reference, "local/edge:cases");
    const uki = await resolveImage("quay.io/example/uki:1.0", options);
    assert.equal(uki.index?.indirect, true);
    await assert.rejects(
      resolveImage("demo", { ...options, platform: parsePlatform("linux/s390x") }),
      { code: "snapshot-not-found" },
    );

    for (const image of ["demo", "broken", "local/edge:cases", "quay.io/example/uki:1.0", "df60"]) {
      const { snapshot } = await resolveImage(image, options);
      const patches = await patchesOf(snapshot.path);
      assert.deepEqual(patches.map(({ offset, bytes }) => [offset, bytes]), [
        [1024 + 0xd0, new Uint8Array(16)],
      ]);
    }
    await checkKnownFaults(t, store, "container-1.2.tar.zst");
    assert.equal(await files(store), before);
  }));

Deno.test("an app root of container 0.6 is listed and resolved, and needs no patches", (t) =>
  withAppRoot("container-0.6.tar.zst", async (store) => {
    assert.deepEqual(await rows(store), [
      "broken:latest linux/amd64 ready 3fd2",
      "demo:latest linux/arm64 ready df60",
    ]);
    const demo = await resolveImage("demo", {
      stores: [store],
      host: parsePlatform("linux/amd64"),
    });
    assert.equal(demo.platformChoice, "only");
    assert.equal(demo.snapshot.size, 549_755_813_888);
    assert.deepEqual([demo.snapshot.info?.cache, demo.snapshot.info?.sync], ["auto", "full"]);
    assert.deepEqual(await patchesOf(demo.snapshot.path), []);
    await checkKnownFaults(t, store, "container-0.6.tar.zst");
  }));
