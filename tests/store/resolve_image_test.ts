import assert from "node:assert/strict";
import { join } from "node:path";
import {
  AmbiguousDigest,
  BrokenSnapshot,
  ImageNotFound,
  PlatformNotFound,
  type ResolvedImage,
  resolveImage,
  type ResolveOptions,
  SnapshotNotFound,
  UnreadableImage,
  UnreadableStore,
} from "../../lib/store/mod.ts";
import {
  AMD64,
  ARM64,
  makeExt4,
  run,
  TestStore,
  withFolder,
  withStore,
} from "./support/test_store.ts";

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

type ErrorClass = new (...args: never[]) => Error & { readonly advice: string };

/** Checks that an image is refused with an error whose message and advice hold some words. */
async function refuses(
  resolved: Promise<ResolvedImage>,
  kind: ErrorClass,
  message: string,
  advice: string,
): Promise<void> {
  await assert.rejects(resolved, (error) => {
    assert(error instanceof kind, String(error));
    assert(error.message.includes(message), error.message);
    assert(error.advice.includes(advice), error.advice);
    return true;
  });
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
      await assert.rejects(resolveIn(store, "x.io/y:1", { platform }), PlatformNotFound);
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
      PlatformNotFound,
      "Cannot use x.io/y:1 for linux/s390x: it is made for linux/amd64",
      "`--platform linux/amd64`",
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
      PlatformNotFound,
      "Cannot use x.io/y:1 for linux/amd64: it is made for linux/s390x, linux/arm64",
      "Add `--platform linux/arm64`",
    );
  }));

Deno.test("resolveImage() leaves a choice of several platforms to the user", () =>
  withStore(async (store) => {
    await store.image("x.io/y:1", ARM64, S390X);
    await refuses(
      resolveIn(store, "x.io/y:1"),
      PlatformNotFound,
      "it is made for linux/arm64, linux/s390x",
      "Add `--platform linux/arm64` or `--platform linux/s390x`",
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

Deno.test("resolveImage() names the command that makes a snapshot", () =>
  withStore(async (store) => {
    const amd64 = await store.manifest(AMD64);
    const arm64 = await store.manifest(ARM64);
    await store.index("quay.io/x/y:1", [amd64, arm64, await store.manifest(S390X)]);
    await refuses(
      resolveIn(store, "quay.io/x/y:1"),
      SnapshotNotFound,
      "Cannot find a snapshot of quay.io/x/y:1 for linux/amd64: it was pulled, but never unpacked",
      '`container rm "$(container create --platform linux/amd64 quay.io/x/y:1)"`',
    );

    await Deno.remove(store.blobPath(amd64.digest));
    await refuses(
      resolveIn(store, "quay.io/x/y:1"),
      SnapshotNotFound,
      "it was never pulled",
      "Run `container image pull --platform linux/amd64 quay.io/x/y:1`",
    );

    await store.snapshot(arm64);
    await refuses(
      resolveIn(store, "quay.io/x/y:1"),
      SnapshotNotFound,
      "it was never pulled",
      "Add `--platform linux/arm64`, for which there is a snapshot. Run `container image pull",
    );

    await Deno.mkdir(store.snapshotFolder(amd64));
    await refuses(
      resolveIn(store, "quay.io/x/y:1"),
      BrokenSnapshot,
      "its folder is there, but the file is not",
      "`container image delete quay.io/x/y:1 && container image pull --platform linux/amd64 quay.io/x/y:1`",
    );
  }));

Deno.test("resolveImage() names no command of Apple's for snapvm's own store", () =>
  withFolder(async (folder) => {
    const store = new TestStore(folder, "snapvm");
    await store.index("quay.io/x/y:1", [await store.manifest(AMD64)]);
    await assert.rejects(resolveIn(store, "quay.io/x/y:1"), (error) => {
      assert(error instanceof SnapshotNotFound);
      assert.doesNotMatch(error.advice, /container /);
      return true;
    });
  }));

Deno.test("resolveImage() quotes a name from a store for the shell", () =>
  withStore(async (store) => {
    await store.index("x'; rm -rf ~", []);
    await store.index("x'; rm -rf ~", [await store.manifest(AMD64)]);
    await refuses(
      resolveIn(store, "x'; rm -rf ~"),
      SnapshotNotFound,
      "never unpacked",
      `linux/amd64 'x'\\''; rm -rf ~')"`,
    );
  }));

Deno.test("resolveImage() refuses a snapshot that is no whole filesystem", () =>
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
        BrokenSnapshot,
        path,
        "`container image delete x.io/y:1 && container image pull --platform linux/amd64 x.io/y:1`",
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

Deno.test("resolveImage() needs the index, and says how it comes again", () =>
  withStore(async (store) => {
    await store.image("x.io/y:1", AMD64);
    const index = (await resolveIn(store, "x.io/y:1")).index?.digest;
    assert(index);
    const advice = "`container image pull --platform linux/amd64 x.io/y:1`";
    await Deno.writeTextFile(store.blobPath(index), "{}");
    await refuses(
      resolveIn(store, "x.io/y:1"),
      UnreadableImage,
      `its index ${index} is damaged`,
      advice,
    );
    await Deno.remove(store.blobPath(index));
    await refuses(
      resolveIn(store, "x.io/y:1"),
      UnreadableImage,
      `its index ${index} is not in the store`,
      advice,
    );
    await store.reference("x.io/y:1", { digest: 7 });
    await refuses(
      resolveIn(store, "x.io/y:1"),
      UnreadableImage,
      "its entry in the store is damaged",
      advice,
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
    // Where none has it, the first one's reason is the one that counts.
    await assert.rejects(resolveIn([none, damaged], "x.io/y:1"), SnapshotNotFound);
    await assert.rejects(resolveIn([damaged, none], "x.io/y:1"), UnreadableImage);
  }));

Deno.test("resolveImage() looks elsewhere where a store cannot be read, and says so", () =>
  withFolder(async (folder) => {
    const torn = new TestStore(join(folder, "torn"));
    const whole = new TestStore(join(folder, "whole"));
    await torn.image("x.io/y:1", AMD64);
    await Deno.writeTextFile(join(torn.root, "state.json"), "{");
    await whole.image("x.io/y:1", AMD64);
    const image = await resolveIn([torn, whole], "x.io/y:1");
    assert.equal(image.store, whole);
    assert.match(image.problems[0] ?? "", /state\.json: it is not JSON$/);
    await assert.rejects(resolveIn([torn, whole], "x.io/z:1"), UnreadableStore);
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

Deno.test("resolveImage() tells what little is known of a snapshot without a reference", () =>
  withStore(async (store) => {
    const orphan = await store.manifest(ARM64);
    const path = await store.snapshot(orphan);
    const image = await resolveIn(store, orphan.digest);
    assert.deepEqual([image.platform, image.config?.architecture], [ARM64, "arm64"]);
    assert.deepEqual(image.problems, ["no reference leads to the snapshot"]);
    await refuses(
      resolveIn(store, orphan.digest, { platform: AMD64 }),
      PlatformNotFound,
      "it is made for linux/arm64",
      "Leave `--platform` out",
    );

    await Deno.remove(store.blobPath(orphan.digest));
    const bare = await resolveIn(store, orphan.digest, { platform: AMD64 });
    assert.deepEqual([bare.platform, bare.config], [undefined, undefined]);
    await Deno.truncate(path, 100);
    await refuses(
      resolveIn(store, orphan.digest),
      BrokenSnapshot,
      path,
      "`container image prune`",
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
      PlatformNotFound,
      "for linux/amd64: it is made for linux/arm64",
      "Leave `--platform` out",
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
        assert(error instanceof AmbiguousDigest);
        assert.deepEqual(error.candidates, [one, two]);
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

Deno.test("resolveImage() takes a name for a reference first, and few digits for no digest", () =>
  withStore(async (store) => {
    await store.image("docker.io/library/beef:latest", AMD64);
    await store.snapshot({ digest: "sha256:beef" + "0".repeat(60) });
    assert.equal((await resolveIn(store, "beef")).reference, "docker.io/library/beef:latest");
    assert.equal((await resolveIn(store, "beef0")).reference, undefined);
    await assert.rejects(resolveIn(store, "bee"), ImageNotFound);
    assert.equal((await resolveIn(store, "sha256:bee")).reference, undefined);
  }));

Deno.test("resolveImage() takes what starts like a path for a file", () =>
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
    const rows: [image: string, message: string, advice: string][] = [
      [
        "fedora-bootc",
        `it is not in ${store.root}`,
        "Did you mean `quay.io/fedora/fedora-bootc:42`?",
      ],
      [
        "quay.io/fedora/fedora-bootc:41",
        "not in",
        "Did you mean `quay.io/fedora/fedora-bootc:42`?",
      ],
      ["alpine", "not in", "`container image pull`"],
      ["Alpine", "neither a reference nor", "An image is a reference"],
      ["", "neither a reference nor", "An image is a reference"],
      ["0".repeat(64), "neither a reference nor", "An image is a reference"],
      ["deno.json", "no store has an image of this name", "write `./deno.json`"],
    ];
    for (const [image, message, advice] of rows) {
      await refuses(resolveIn(store, image), ImageNotFound, message, advice);
    }
    await refuses(resolveIn([], "alpine"), ImageNotFound, "there is no store", "snapvm images");
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
        if (digest === index) await assert.rejects(outcome, UnreadableImage);
        else assert.equal((await outcome).problems.length, 1);
      }
      await Deno.writeFile(path, bytes);
    }
    assert.deepEqual((await resolveIn(store, "x.io/y:1")).problems, []);
  }));
