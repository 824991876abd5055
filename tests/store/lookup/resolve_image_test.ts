import assert from "node:assert/strict";
import { join } from "node:path";
import {
  type ErrorCode,
  type ErrorData,
  hasCode,
  type PlatformImage,
} from "../../../lib/error/mod.ts";
import { type ResolvedImage, resolveImage, type ResolveOptions } from "../../../lib/store/mod.ts";
import {
  AMD64,
  ARM64,
  makeExt4,
  run,
  TestStore,
  withFolder,
  withStore,
} from "../support/test_store.ts";

/** Resolves on an amd64 host. */
function resolveIn(
  stores: TestStore | readonly TestStore[],
  image: string,
  options: Partial<ResolveOptions> = {},
): Promise<ResolvedImage> {
  return resolveImage(image, {
    stores: stores instanceof TestStore ? [stores] : stores,
    host: AMD64,
    ...options,
  });
}

/** Checks that an image is refused with a code, a message that holds some words, and data. */
async function refuses<Code extends ErrorCode>(
  resolved: Promise<ResolvedImage>,
  code: Code,
  message: string,
  data: ErrorData[Code],
): Promise<void> {
  await assert.rejects(resolved, (error) => {
    assert(hasCode(error, code), String(error));
    assert(error.message.includes(message), error.message);
    assert.deepEqual(error.data, data);
    return true;
  });
}

/** An image in Apple's store, as the data of an error. */
function apple(reference: string, platform: string = "linux/amd64"): PlatformImage {
  return { reference, platform, store: "apple" };
}

const S390X = { os: "linux", architecture: "s390x" };
const UNKNOWN = { os: "unknown", architecture: "unknown" };
const ATTESTATION = { "vnd.docker.reference.type": "attestation-manifest" };

Deno.test("resolveImage() goes from a reference to the host's snapshot", () =>
  withStore(async (store) => {
    const [arm64, amd64] = await store.image("docker.io/library/demo:latest", ARM64, AMD64);
    assert(arm64 && amd64);
    const image = await resolveIn(store, "demo");
    assert.equal(image.name, "demo");
    assert.equal(image.reference, "docker.io/library/demo:latest");
    assert.equal(image.store, store);
    assert.deepEqual(image.platform, AMD64);
    assert.equal(image.platformChoice, "host");
    assert.equal(image.index?.indirect, false);
    assert.deepEqual(image.index?.content.manifests, [arm64, amd64]);
    assert.equal(image.manifest?.digest, amd64.digest);
    assert.equal(image.manifest?.content?.schemaVersion, 2);
    assert.equal(image.config?.architecture, "amd64");
    assert.equal(image.snapshot.path, join(store.snapshotFolder(amd64), "snapshot"));
    assert.deepEqual(image.problems, []);
  }));

Deno.test("resolveImage() gives a snapshot's size and what it takes on the disk", () =>
  withStore(async (store) => {
    const [amd64] = await store.image("docker.io/library/demo:latest", AMD64);
    assert(amd64);
    const path = join(store.snapshotFolder(amd64), "snapshot");
    await Deno.truncate(path, 512 * 1024 ** 3);
    await Deno.writeTextFile(
      `${path}-info`,
      '{"type":{"block":{"format":"ext4","cache":{"on":{}},"sync":{"fsync":{}}}},"source":"/x"}',
    );
    const [kibibytes] = (await run("du", "-k", path)).split("\t");
    assert.deepEqual((await resolveIn(store, "demo")).snapshot, {
      path,
      size: 512 * 1024 ** 3,
      allocated: Number(kibibytes) * 1024,
      info: { format: "ext4", cache: "on", sync: "fsync", source: "/x" },
    });
  }));

Deno.test("resolveImage() takes the platform that is named, by Apple's rules of equality", () =>
  withStore(async (store) => {
    const armV7 = { os: "linux", architecture: "arm", variant: "v7" };
    const unsaid = { os: "linux", architecture: "arm64" };
    const amd64v2 = { os: "linux", architecture: "amd64", variant: "v2" };
    const darwin = { os: "darwin", architecture: "arm64" };
    const manifests = await store.image("x.io/y:1", darwin, amd64v2, unsaid, armV7);
    const rows = [
      [ARM64, 2],
      [unsaid, 2],
      [{ os: "linux", architecture: "aarch64" }, 2],
      [darwin, 0],
      [amd64v2, 1],
      [armV7, 3],
    ] as const;
    for (const [platform, index] of rows) {
      const image = await resolveIn(store, "x.io/y:1", { platform });
      assert.equal(image.manifest?.digest, manifests[index]?.digest, JSON.stringify(platform));
      assert.equal(image.platformChoice, "named");
    }
    for (const platform of [AMD64, { os: "linux", architecture: "arm" }]) {
      await assert.rejects(resolveIn(store, "x.io/y:1", { platform }), {
        code: "platform-not-found",
      });
    }
  }));

Deno.test("resolveImage() takes the first of equal platforms", () =>
  withStore(async (store) => {
    const first = await store.manifest(AMD64, "first");
    const second = await store.manifest(AMD64, "second");
    await store.snapshot(first);
    await store.snapshot(second);
    await store.index("x.io/y:1", [first, second]);
    assert.equal((await resolveIn(store, "x.io/y:1")).manifest?.digest, first.digest);
  }));

Deno.test("resolveImage() knows an indirect index by its annotation, and needs none", () =>
  withStore(async (store) => {
    const rows: [value: string | undefined, indirect: boolean][] = [
      ["true", true],
      ["TRUE", true],
      ["1", true],
      ["false", false],
      ["", false],
      [undefined, false],
    ];
    const manifest = await store.manifest(AMD64);
    await store.snapshot(manifest);
    for (const [value, indirect] of rows) {
      const annotations = value === undefined
        ? {}
        : { "com.apple.containerization.index.indirect": value };
      await store.index("x.io/y:1", [manifest], annotations);
      const image = await resolveIn(store, "x.io/y:1");
      assert.equal(image.index?.indirect, indirect, value);
      assert.equal(image.manifest?.digest, manifest.digest);
    }
  }));

Deno.test("resolveImage() passes over attestations and nested indexes", () =>
  withStore(async (store) => {
    const amd64 = await store.manifest(AMD64, "image");
    await store.snapshot(amd64);
    const attestation = await store.manifest(AMD64, "attestation");
    const nested = await store.manifest(AMD64, "nested");
    const { platform: _platform, ...nowhere } = await store.manifest(AMD64, "nowhere");
    await store.index("x.io/y:1", [
      { ...attestation, platform: UNKNOWN, annotations: ATTESTATION },
      { ...attestation, annotations: ATTESTATION },
      { ...attestation, platform: UNKNOWN },
      nowhere,
      { ...nested, mediaType: "application/vnd.oci.image.index.v1+json" },
      { ...nested, mediaType: "application/vnd.docker.distribution.manifest.list.v2+json" },
      amd64,
    ]);
    assert.equal((await resolveIn(store, "x.io/y:1")).manifest?.digest, amd64.digest);
    await refuses(
      resolveIn(store, "x.io/y:1", { platform: S390X }),
      "platform-not-found",
      "Cannot use x.io/y:1 for linux/s390x: it is made for linux/amd64",
      {
        named: "image",
        platforms: ["linux/amd64"],
        unpacked: ["linux/amd64"],
        first: apple("x.io/y:1"),
      },
    );
  }));

Deno.test("resolveImage() takes the only platform that there is a snapshot for, and says so", () =>
  withStore(async (store) => {
    const arm64 = await store.manifest(ARM64);
    await store.snapshot(arm64);
    await store.index("x.io/y:1", [await store.manifest(S390X), arm64]);
    const image = await resolveIn(store, "x.io/y:1");
    assert.deepEqual([image.platform, image.platformChoice], [ARM64, "only"]);
    await refuses(
      resolveIn(store, "x.io/y:1", { platform: AMD64 }),
      "platform-not-found",
      "Cannot use x.io/y:1 for linux/amd64: it is made for linux/s390x, linux/arm64",
      {
        named: "image",
        platforms: ["linux/s390x", "linux/arm64"],
        unpacked: ["linux/arm64"],
        first: apple("x.io/y:1", "linux/s390x"),
      },
    );
  }));

Deno.test("resolveImage() leaves a choice of several platforms to the user", () =>
  withStore(async (store) => {
    await store.image("x.io/y:1", ARM64, S390X);
    await refuses(
      resolveIn(store, "x.io/y:1"),
      "platform-not-found",
      "it is made for linux/arm64, linux/s390x",
      {
        named: "image",
        platforms: ["linux/arm64", "linux/s390x"],
        unpacked: ["linux/arm64", "linux/s390x"],
        first: apple("x.io/y:1", "linux/arm64"),
      },
    );
  }));

Deno.test("resolveImage() refuses an image without any platform", () =>
  withStore(async (store) => {
    await store.index("x.io/y:1", []);
    await refuses(
      resolveIn(store, "x.io/y:1"),
      "platform-not-found",
      "it is made for no platform at all",
      { named: "image", platforms: [], unpacked: [] },
    );
  }));

Deno.test("resolveImage() prefers the host's platform in a later store to another in the first", () =>
  withFolder(async (folder) => {
    const first = new TestStore(join(folder, "first"));
    const second = new TestStore(join(folder, "second"));
    await first.image("x.io/y:1", ARM64);
    await second.image("x.io/y:1", AMD64);
    const image = await resolveIn([first, second], "x.io/y:1");
    assert.deepEqual([image.store, image.platform], [second, AMD64]);
  }));

Deno.test("resolveImage() says how far an image is from a snapshot", () =>
  withStore(async (store) => {
    const amd64 = await store.manifest(AMD64);
    const arm64 = await store.manifest(ARM64);
    await store.index("quay.io/x/y:1", [amd64, arm64, await store.manifest(S390X)]);
    await refuses(
      resolveIn(store, "quay.io/x/y:1"),
      "snapshot-not-found",
      "Cannot find a snapshot of quay.io/x/y:1 for linux/amd64: it was pulled, but never unpacked",
      { image: apple("quay.io/x/y:1"), pulled: true, unpacked: [] },
    );

    await Deno.remove(store.blobPath(amd64.digest));
    await refuses(
      resolveIn(store, "quay.io/x/y:1"),
      "snapshot-not-found",
      "it was never pulled",
      { image: apple("quay.io/x/y:1"), pulled: false, unpacked: [] },
    );

    await store.snapshot(arm64);
    await refuses(
      resolveIn(store, "quay.io/x/y:1"),
      "snapshot-not-found",
      "it was never pulled",
      { image: apple("quay.io/x/y:1"), pulled: false, unpacked: ["linux/arm64"] },
    );

    await Deno.mkdir(store.snapshotFolder(amd64));
    await refuses(
      resolveIn(store, "quay.io/x/y:1"),
      "snapshot-broken",
      "its folder is there, but the file is not",
      {
        path: join(store.snapshotFolder(amd64), "snapshot"),
        store: "apple",
        image: apple("quay.io/x/y:1"),
      },
    );
  }));

Deno.test("resolveImage() says if an image is in snapvm's own store", () =>
  withFolder(async (folder) => {
    const store = new TestStore(folder, "snapvm");
    await store.index("quay.io/x/y:1", [await store.manifest(AMD64)]);
    const image: PlatformImage = { ...apple("quay.io/x/y:1"), store: "snapvm" };
    await refuses(
      resolveIn(store, "quay.io/x/y:1"),
      "snapshot-not-found",
      "it was pulled, but never unpacked",
      { image, pulled: true, unpacked: [] },
    );
  }));

Deno.test("resolveImage() takes a key of a store that is not a reference as it is", () =>
  withStore(async (store) => {
    await store.index("x'; rm -rf ~", []);
    await store.index("x'; rm -rf ~", [await store.manifest(AMD64)]);
    await refuses(
      resolveIn(store, "x'; rm -rf ~"),
      "snapshot-not-found",
      "never unpacked",
      { image: apple("x'; rm -rf ~"), pulled: true, unpacked: [] },
    );
  }));

Deno.test("resolveImage() refuses a snapshot that is not a whole filesystem", () =>
  withStore(async (store) => {
    const [amd64] = await store.image("x.io/y:1", AMD64);
    assert(amd64);
    const path = join(store.snapshotFolder(amd64), "snapshot");
    const whole = await Deno.readFile(path);
    const zeroSuperblock = whole.slice();
    zeroSuperblock.fill(0, 1024, 2048);
    const rows = [
      new Uint8Array(0),
      whole.subarray(0, 1500),
      whole.subarray(0, whole.length / 2),
      zeroSuperblock,
    ];
    for (const bytes of rows) {
      await Deno.writeFile(path, bytes);
      await refuses(
        resolveIn(store, "x.io/y:1"),
        "snapshot-broken",
        path,
        { path, store: "apple", image: apple("x.io/y:1") },
      );
    }
  }));

Deno.test("resolveImage() needs neither the manifest nor the configuration", () =>
  withStore(async (store) => {
    const [amd64] = await store.image("x.io/y:1", AMD64);
    assert(amd64);
    const whole = await resolveIn(store, "x.io/y:1");
    assert(whole.manifest?.content);

    const config = whole.manifest.content.config.digest;
    await Deno.remove(store.blobPath(config));
    const { config: _config, ...rest } = whole;
    assert.deepEqual(await resolveIn(store, "x.io/y:1"), {
      ...rest,
      problems: [`its configuration ${config} is not in the store`],
    });

    await Deno.writeTextFile(store.blobPath(amd64.digest), "{}");
    const damaged = await resolveIn(store, "x.io/y:1");
    assert.deepEqual(damaged.manifest, { digest: amd64.digest });
    assert.match(damaged.problems[0] ?? "", /^its manifest sha256:\w+ cannot be read \(/);
  }));

Deno.test("resolveImage() needs the index", () =>
  withStore(async (store) => {
    await store.image("x.io/y:1", AMD64);
    const index = (await resolveIn(store, "x.io/y:1")).index?.digest;
    assert(index);
    const data = { image: apple("x.io/y:1") };
    await Deno.writeTextFile(store.blobPath(index), "{}");
    await refuses(
      resolveIn(store, "x.io/y:1"),
      "image-unreadable",
      `its index ${index} is damaged`,
      data,
    );
    await Deno.remove(store.blobPath(index));
    await refuses(
      resolveIn(store, "x.io/y:1"),
      "image-unreadable",
      `its index ${index} is not in the store`,
      data,
    );
    await store.reference("x.io/y:1", { digest: 7 });
    await refuses(
      resolveIn(store, "x.io/y:1"),
      "image-unreadable",
      "its entry in the store is damaged",
      data,
    );
  }));

Deno.test("resolveImage() takes the first store that has the image's snapshot", () =>
  withFolder(async (folder) => {
    const stores = ["a", "b", "c", "d"].map((name) => new TestStore(join(folder, name)));
    const [none, damaged, b, c] = stores;
    assert(none && damaged && b && c);
    await none.index("x.io/y:1", [await none.manifest(AMD64)]);
    await damaged.reference("x.io/y:1", null);
    await b.image("x.io/y:1", AMD64);
    await c.image("x.io/y:1", AMD64);
    assert.equal((await resolveIn(stores, "x.io/y:1")).store, b);
    assert.equal((await resolveIn(stores.toReversed(), "x.io/y:1")).store, c);
    // If none has it, the first one's reason counts.
    await assert.rejects(resolveIn([none, damaged], "x.io/y:1"), { code: "snapshot-not-found" });
    await assert.rejects(resolveIn([damaged, none], "x.io/y:1"), { code: "image-unreadable" });
  }));

Deno.test("resolveImage() looks elsewhere if a store cannot be read, and says so", () =>
  withFolder(async (folder) => {
    const torn = new TestStore(join(folder, "torn"));
    const whole = new TestStore(join(folder, "whole"));
    await torn.image("x.io/y:1", AMD64);
    await Deno.writeTextFile(join(torn.root, "state.json"), "{");
    await whole.image("x.io/y:1", AMD64);
    const image = await resolveIn([torn, whole], "x.io/y:1");
    assert.equal(image.store, whole);
    assert.match(image.problems[0] ?? "", /state\.json: it is not JSON$/);
    await assert.rejects(resolveIn([torn, whole], "x.io/z:1"), { code: "store-unreadable" });
  }));

Deno.test("resolveImage() finds an index, a manifest and a snapshot by digest or unique prefix", () =>
  withStore(async (store) => {
    const [arm64, amd64] = await store.image("x.io/y:1", ARM64, AMD64);
    assert(arm64 && amd64);
    const index = (await resolveIn(store, "x.io/y:1")).index?.digest;
    const orphan = await store.manifest(AMD64, "orphan");
    await store.snapshot(orphan);
    const bare = { digest: "sha256:" + "5".repeat(64) };
    await store.snapshot(bare);
    assert(index);
    const rows: [
      digest: string,
      manifest: string,
      reference: string | undefined,
      choice: string,
    ][] = [
      [index, amd64.digest, "x.io/y:1", "host"],
      [arm64.digest, arm64.digest, "x.io/y:1", "digest"],
      [amd64.digest, amd64.digest, "x.io/y:1", "digest"],
      [orphan.digest, orphan.digest, undefined, "digest"],
      [bare.digest, bare.digest, undefined, "digest"],
    ];
    for (const [digest, manifest, reference, choice] of rows) {
      const hex = digest.slice("sha256:".length);
      const names = [
        digest,
        hex,
        digest.slice(0, 19),
        hex.slice(0, 12),
        hex.slice(0, 12).toUpperCase(),
      ];
      for (const name of names) {
        const image = await resolveIn(store, name);
        assert.deepEqual(
          [image.name, image.manifest?.digest, image.reference, image.platformChoice],
          [name, manifest, reference, choice],
        );
      }
    }
  }));

Deno.test("resolveImage() gives the little that is known of a snapshot without a reference", () =>
  withStore(async (store) => {
    const orphan = await store.manifest(ARM64);
    const path = await store.snapshot(orphan);
    const image = await resolveIn(store, orphan.digest);
    assert.deepEqual([image.platform, image.config?.architecture], [ARM64, "arm64"]);
    assert.deepEqual(image.problems, ["no reference leads to the snapshot"]);
    await refuses(
      resolveIn(store, orphan.digest, { platform: AMD64 }),
      "platform-not-found",
      "it is made for linux/arm64",
      { named: "digest", platforms: ["linux/arm64"], unpacked: [] },
    );

    await Deno.remove(store.blobPath(orphan.digest));
    const bare = await resolveIn(store, orphan.digest, { platform: AMD64 });
    assert.deepEqual([bare.platform, bare.config], [undefined, undefined]);
    await Deno.truncate(path, 100);
    await refuses(
      resolveIn(store, orphan.digest),
      "snapshot-broken",
      path,
      { path, store: "apple" },
    );
  }));

Deno.test("resolveImage() refuses a platform that is not the named manifest's", () =>
  withStore(async (store) => {
    const [arm64] = await store.image("x.io/y:1", ARM64, AMD64);
    assert(arm64);
    const image = await resolveIn(store, arm64.digest, { platform: ARM64 });
    assert.equal(image.platformChoice, "digest");
    await refuses(
      resolveIn(store, arm64.digest, { platform: AMD64 }),
      "platform-not-found",
      "for linux/amd64: it is made for linux/arm64",
      { named: "digest", platforms: ["linux/arm64"], unpacked: [] },
    );
  }));

Deno.test("resolveImage() lists the candidates of an ambiguous prefix", () =>
  withStore(async (store) => {
    const one = "sha256:abcd1" + "0".repeat(59);
    const two = "sha256:abcd2" + "0".repeat(59);
    await store.snapshot({ digest: one });
    await store.snapshot({ digest: two });
    for (const prefix of ["abcd", "sha256:abcd", "sha256:a"]) {
      await assert.rejects(resolveIn(store, prefix), (error) => {
        assert(hasCode(error, "ambiguous-digest"));
        assert.deepEqual(error.data.candidates, [one, two]);
        assert(error.message.includes(`${one} (snapshot without a reference)`));
        return true;
      });
    }
    assert.equal((await resolveIn(store, "abcd1")).manifest?.digest, one);
  }));

Deno.test("resolveImage() finds nothing ambiguous in one digest under several names and stores", () =>
  withFolder(async (folder) => {
    const first = new TestStore(join(folder, "first"));
    const second = new TestStore(join(folder, "second"));
    for (const store of [first, second]) {
      const manifest = await store.manifest(AMD64);
      await store.snapshot(manifest);
      await store.index("x.io/y:1", [manifest]);
      await store.index("x.io/y:2", [manifest]);
    }
    const { index, manifest } = await resolveIn(first, "x.io/y:1");
    assert(index && manifest);
    for (const digest of [index.digest, manifest.digest]) {
      const image = await resolveIn([first, second], digest);
      assert.deepEqual([image.store, image.reference], [first, "x.io/y:1"]);
    }
  }));

Deno.test("resolveImage() takes a name as a reference first, and does not take few digits as a digest", () =>
  withStore(async (store) => {
    await store.image("docker.io/library/beef:latest", AMD64);
    await store.snapshot({ digest: "sha256:beef" + "0".repeat(60) });
    assert.equal((await resolveIn(store, "beef")).reference, "docker.io/library/beef:latest");
    assert.equal((await resolveIn(store, "beef0")).reference, undefined);
    await assert.rejects(resolveIn(store, "bee"), { code: "image-not-found" });
    assert.equal((await resolveIn(store, "sha256:bee")).reference, undefined);
  }));

Deno.test("resolveImage() takes a name that starts like a path as a file", () =>
  withFolder(async (folder) => {
    const path = join(folder, "disk.ext4");
    await makeExt4(path);
    const { size, blocks } = await Deno.stat(path);
    assert.deepEqual(await resolveIn([], path), {
      name: path,
      snapshot: { path, size, allocated: (blocks ?? 0) * 512 },
      problems: [],
    });
    const relative = `./${"../".repeat(Deno.cwd().split("/").length - 1)}${path.slice(1)}`;
    for (const name of [relative, relative.slice(2)]) {
      const image = await resolveIn([], name);
      assert.deepEqual([image.name, image.snapshot.path], [name, path]);
    }
    await assert.rejects(resolveIn([], join(folder, "missing")), Deno.errors.NotFound);
    await assert.rejects(resolveIn([], folder), Deno.errors.IsADirectory);
    await run("mkfifo", join(folder, "fifo"));
    await assert.rejects(resolveIn([], join(folder, "fifo")), Deno.errors.InvalidData);
  }));

Deno.test("resolveImage() says what an unknown image may be instead", () =>
  withStore(async (store) => {
    await store.image("quay.io/fedora/fedora-bootc:42", AMD64);
    const similar = ["quay.io/fedora/fedora-bootc:42"];
    const rows: [message: string, data: ErrorData["image-not-found"]][] = [
      [`it is not in ${store.root}`, { image: "fedora-bootc", reason: "absent", similar }],
      ["not in", { image: "quay.io/fedora/fedora-bootc:41", reason: "absent", similar }],
      ["not in", { image: "alpine", reason: "absent", similar: [] }],
      ["neither a reference nor", { image: "Alpine", reason: "malformed", similar: [] }],
      ["neither a reference nor", { image: "", reason: "malformed", similar: [] }],
      ["neither a reference nor", { image: "0".repeat(64), reason: "malformed", similar: [] }],
      ["no store has an image of this name", { image: "deno.json", reason: "file", similar: [] }],
    ];
    for (const [message, data] of rows) {
      await refuses(resolveIn(store, data.image), "image-not-found", message, data);
    }
    await refuses(
      resolveIn([], "alpine"),
      "image-not-found",
      "there is no store",
      { image: "alpine", reason: "absent", similar: [] },
    );
  }));

Deno.test("resolveImage() ends with a typed error for damaged documents, wherever they are cut", () =>
  withStore(async (store) => {
    const [amd64] = await store.image("x.io/y:1", AMD64);
    assert(amd64);
    const index = (await resolveIn(store, "x.io/y:1")).index?.digest;
    assert(index);
    for (const digest of [index, amd64.digest]) {
      const path = store.blobPath(digest);
      const bytes = await Deno.readFile(path);
      for (let length = 0; length < bytes.length; length += 7) {
        await Deno.writeFile(path, bytes.subarray(0, length));
        const outcome = resolveIn(store, "x.io/y:1");
        if (digest === index) await assert.rejects(outcome, { code: "image-unreadable" });
        else assert.equal((await outcome).problems.length, 1);
      }
      await Deno.writeFile(path, bytes);
    }
    assert.deepEqual((await resolveIn(store, "x.io/y:1")).problems, []);
  }));
