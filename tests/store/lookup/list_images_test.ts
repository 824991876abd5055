import assert from "node:assert/strict";
import { join } from "node:path";
import { formatPlatform } from "../../../lib/oci/mod.ts";
import { listImages, type StoredImage } from "../../../lib/store/mod.ts";
import { AMD64, ARM64, TestStore, withFolder, withStore } from "../support/test_store.ts";

/** Name, platform, status and problems of each row. */
async function rows(...stores: TestStore[]): Promise<[string, string, string, ...string[]][]> {
  const images = await Array.fromAsync(listImages(stores));
  return images.map(({ name, platform, status, problems }) => [
    name,
    platform === undefined ? "" : formatPlatform(platform),
    status,
    ...problems,
  ]);
}

Deno.test("listImages() lists every reference with every Linux platform, and nothing else", () =>
  withStore(async (store) => {
    const arm64 = await store.manifest(ARM64, "two");
    const windows = await store.manifest({ os: "windows", architecture: "amd64" });
    await store.snapshot(arm64);
    await store.index("quay.io/b/two:1", [windows, arm64]);
    const attestation = await store.manifest(AMD64, "attestation");
    const amd64 = await store.manifest(AMD64);
    await store.snapshot(amd64);
    await store.index("docker.io/library/one:latest", [
      { ...attestation, platform: { os: "unknown", architecture: "unknown" } },
      { ...attestation, annotations: { "vnd.docker.reference.type": "attestation-manifest" } },
      amd64,
    ]);
    await store.index("docker.io/library/zero:latest", []);
    assert.deepEqual(await rows(store), [
      ["one:latest", "linux/amd64", "ready"],
      ["quay.io/b/two:1", "linux/arm64", "ready"],
    ]);
  }));

Deno.test("listImages() gives all that is known of an image", () =>
  withStore(async (store) => {
    const [manifest] = await store.image("docker.io/library/demo:latest", AMD64);
    assert(manifest);
    const images: StoredImage[] = await Array.fromAsync(listImages([store]));
    const [image] = images;
    assert.equal(images.length, 1);
    assert(image?.snapshot);
    const path = join(store.snapshotFolder(manifest), "snapshot");
    const { size, blocks } = await Deno.stat(path);
    assert.deepEqual(image, {
      store,
      name: "demo:latest",
      reference: "docker.io/library/demo:latest",
      index: image.index,
      manifest: manifest.digest,
      platform: AMD64,
      status: "ready",
      snapshot: { path, size, allocated: (blocks ?? 0) * 512 },
      config: {
        created: "2026-11-22T00:00:00Z",
        architecture: "amd64",
        os: "linux",
        config: { Labels: { salt: "docker.io/library/demo:latest" } },
        rootfs: { type: "layers", diff_ids: [] },
      },
      problems: [],
    });
    assert.match(image.index ?? "", /^sha256:/);
  }));

Deno.test("listImages() tells how far an image is from a snapshot", () =>
  withStore(async (store) => {
    const pulled = await store.manifest(AMD64, "pulled");
    await store.index("x.io/a:1", [pulled]);
    const listed = await store.manifest(AMD64, "listed");
    await store.index("x.io/b:1", [listed]);
    await Deno.remove(store.blobPath(listed.digest));
    const [broken] = await store.image("x.io/c:1", AMD64);
    assert(broken);
    await Deno.truncate(join(store.snapshotFolder(broken), "snapshot"), 0);
    const empty = await store.manifest(AMD64, "empty");
    await store.index("x.io/d:1", [empty]);
    await Deno.mkdir(store.snapshotFolder(empty), { recursive: true });
    assert.deepEqual(await rows(store), [
      ["x.io/a:1", "linux/amd64", "not-unpacked", "it was pulled, but never unpacked"],
      ["x.io/b:1", "linux/amd64", "not-pulled", "it was never pulled for this platform"],
      [
        "x.io/c:1",
        "linux/amd64",
        "broken",
        "it does not hold a whole filesystem (Cannot read the image: it has only 0 bytes)",
      ],
      ["x.io/d:1", "linux/amd64", "broken", "its folder is there, but the file is not"],
    ]);
  }));

Deno.test("listImages() makes a row of what cannot be read", () =>
  withFolder(async (folder) => {
    const store = new TestStore(join(folder, "store"));
    await store.image("x.io/good:1", AMD64);
    const missing = await store.index("x.io/missing:1", []);
    await Deno.remove(store.blobPath(missing.digest));
    const damaged = await store.index("x.io/damaged:1", [await store.manifest(AMD64)]);
    await Deno.writeTextFile(store.blobPath(damaged.digest), "[]");
    await store.reference("bad entry", null);
    const noManifest = await store.image("x.io/manifest:1", ARM64);
    await Deno.writeTextFile(store.blobPath(noManifest[0]?.digest ?? ""), "");
    const torn = new TestStore(join(folder, "torn"));
    await Deno.mkdir(torn.root);
    await Deno.writeTextFile(join(torn.root, "state.json"), "{");

    const emptySha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    const digestOfArray = "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945";
    assert.deepEqual(await rows(torn, store), [
      [torn.root, "", "unreadable", `Cannot read ${torn.root}/state.json: it is not JSON`],
      [
        "bad entry",
        "",
        "unreadable",
        `Cannot read the entry "bad entry" of ${store.root}/state.json: it is not an object`,
      ],
      [
        "x.io/damaged:1",
        "",
        "unreadable",
        `Cannot read the blob ${damaged.digest}: its bytes have the digest sha256:${digestOfArray}`,
      ],
      ["x.io/good:1", "linux/amd64", "ready"],
      [
        "x.io/manifest:1",
        "linux/arm64",
        "ready",
        `its manifest ${noManifest[0]?.digest} cannot be read (Cannot read the blob ${
          noManifest[0]?.digest
        }: its bytes have the digest sha256:${emptySha256})`,
      ],
      ["x.io/missing:1", "", "unreadable", `its index ${missing.digest} is not in the store`],
    ]);
  }));

Deno.test("listImages() lists the snapshots to which no reference leads", () =>
  withStore(async (store) => {
    await store.image("x.io/y:1", AMD64);
    const orphan = await store.manifest(ARM64, "orphan");
    await store.snapshot(orphan);
    const bare = { digest: "sha256:" + "0".repeat(64) };
    await store.snapshot(bare);
    await Deno.mkdir(join(store.root, "snapshots", "ingest"));
    await Deno.writeTextFile(join(store.root, "snapshots", "1".repeat(64)), "");
    const orphans: [string, string, string, ...string[]][] = [
      [
        bare.digest,
        "",
        "ready",
        `its manifest ${bare.digest} is not in the store`,
        "no reference leads to the snapshot",
      ],
      [orphan.digest, "linux/arm64", "ready", "no reference leads to the snapshot"],
    ];
    assert.deepEqual(await rows(store), [["x.io/y:1", "linux/amd64", "ready"], ...orphans]);
  }));

Deno.test("listImages() lists nothing for an empty store", () =>
  withFolder(async (folder) => {
    assert.deepEqual(await rows(new TestStore(folder), new TestStore(join(folder, "none"))), []);
  }));
