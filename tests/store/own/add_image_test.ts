import assert from "node:assert/strict";
import { join } from "node:path";
import { openTransport } from "../../../lib/oci/mod.ts";
import {
  addImage,
  checkImage,
  checkStore,
  listImages,
  openImage,
  openOwnStore,
  type OwnStore,
  type ProgressEvent,
  storedSource,
  unpackImage,
} from "../../../lib/store/mod.ts";
import { ingestPath } from "../../../lib/store/content/store_paths.ts";
import { type Layout, type WatchedOptions, WatchedSource } from "../support/layout.ts";
import { filesIn, withOwnStore } from "../support/own_store.ts";
import { AMD64, ARM64, run, TestStore, withFolder } from "../support/test_store.ts";

const REFERENCE = "docker.io/library/system:1";

/** Brings an image, and gives the events of what was brought. */
async function bring(own: OwnStore, layout: Layout, options: WatchedOptions = {}) {
  const events: ProgressEvent[] = [];
  await using source = await WatchedSource.open(layout, options);
  const added = await addImage(own, source, {
    reference: "system:1",
    platform: AMD64,
    onProgress: (event) => void events.push(event),
  });
  return { added, events, opened: source.opened };
}

Deno.test("addImage() makes blobs that sha256sum knows, and a snapshot that is what its layers say", () =>
  withOwnStore(async ({ own, image }) => {
    const layout = await image();
    const { added, events, opened } = await bring(own, layout);
    const [manifest] = layout.manifests;
    assert.equal(added.reference, REFERENCE);
    assert.equal(added.manifest, manifest?.digest);
    assert.deepEqual(events[0], {
      type: "resolved",
      reference: REFERENCE,
      manifest: manifest?.digest,
      size: layout.layers.reduce((sum, { size }) => sum + size, 0),
      layers: 2,
    });
    assert.deepEqual(
      opened.map(({ digest }) => digest).sort(),
      layout.layers.map(({ digest }) => digest).sort(),
    );

    const blobs = join(own.root, "content/blobs/sha256");
    const sums = await run("sh", "-c", 'cd "$0" && sha256sum *', blobs);
    const lines = sums.trimEnd().split("\n").map((line) => line.split("  "));
    assert.equal(lines.length, 5);
    for (const [sum, name] of lines) assert.equal(sum, name);

    await run("e2fsck", "-fn", added.snapshot!.path);
    using found = await openImage("system:1", { store: own.root, platform: AMD64 });
    assert.equal(await found.root.readTextFile("/etc/name"), "amd64 1 1\n");
    const { findings, layers } = await checkImage(found);
    assert.deepEqual([findings, layers], [[], 2]);
    assert.deepEqual((await checkStore(own)).findings, []);
  }));

Deno.test("addImage() wraps a single manifest as container does, and keeps an index as it is", () =>
  withOwnStore(async ({ own, image }) => {
    const single = await image();
    const { added } = await bring(own, single);
    const blob = (digest: string) =>
      Deno.readTextFile(join(own.root, "content/blobs", digest.replace(":", "/")));
    const [manifest] = single.manifests;
    const { mediaType, digest, size } = manifest!;
    assert.deepEqual(JSON.parse(await blob(added.index)), {
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.index.v1+json",
      manifests: [{
        mediaType,
        digest,
        size,
        platform: { os: "linux", architecture: "amd64" },
      }],
      annotations: { "com.apple.containerization.index.indirect": "true" },
    });
    const hex = digest.replace("sha256:", "");
    const folder = join(own.root, "snapshots", hex);
    const source = `${folder}/snapshot`;
    assert.deepEqual(JSON.parse(await Deno.readTextFile(`${folder}/snapshot-info`)), {
      type: { block: { format: "ext4", cache: { on: {} }, sync: { fsync: {} } } },
      source,
      destination: "/",
      options: [],
    });

    const several = await image({ architectures: ["amd64", "arm64"] });
    const second = await bring(own, several);
    assert.equal(second.added.index, several.root.digest);
    // Only the platform's layers were brought.
    assert.equal(second.opened.length, 2);
    const state = JSON.parse(await Deno.readTextFile(join(own.root, "state.json")));
    assert.deepEqual(state, { [REFERENCE]: several.root });
    const listed = await Array.fromAsync(listImages([own]));
    assert.deepEqual(
      listed.map(({ reference, status }) => [reference, status]),
      [
        [REFERENCE, "ready"],
        [REFERENCE, "not-pulled"],
        [undefined, "ready"],
      ].slice(0, listed.length),
    );
  }));

Deno.test("addImage() uses what is there, and says so", () =>
  withOwnStore(async ({ own, image }) => {
    const layout = await image();
    await bring(own, layout);
    const { events, opened } = await bring(own, layout);
    assert.deepEqual(opened, []);
    assert.deepEqual(
      events.slice(1).map((event) => "state" in event && [event.type, event.state]).sort(),
      [["blob", "present"], ["blob", "present"], ["unpack", "present"]],
    );
  }));

Deno.test("addImage() goes on where an interrupted attempt was", () =>
  withOwnStore(async ({ own, image }) => {
    const layout = await image({ size: 400_000 });
    const [layer] = layout.layers;
    const interruption = new AbortController();
    await using source = await WatchedSource.open(layout, {
      pieceSize: 1 << 16,
      onPiece: (digest, offset) => {
        if (digest === layer?.digest && offset >= 3 << 16) interruption.abort(new Error("enough"));
      },
    });
    await assert.rejects(
      addImage(own, source, { platform: AMD64, signal: interruption.signal }),
      /enough/,
    );
    const there = (await Deno.stat(ingestPath(own.root, layer!.digest))).size;
    assert.ok(there >= 3 << 16 && there < layer!.size, `${there}`);
    const { opened, events, added } = await bring(own, layout);
    assert.deepEqual(opened.find(({ digest }) => digest === layer?.digest)?.offset, there);
    assert.ok(
      events.some((event) => event.type === "blob" && event.resumedAt === there),
    );
    await run("e2fsck", "-fn", added.snapshot!.path);
    assert.deepEqual((await checkStore(own)).findings, []);
  }));

Deno.test("addImage() begins again if what an attempt has left is damaged", () =>
  withOwnStore(async ({ own, image }) => {
    const layout = await image();
    const [layer] = layout.layers;
    for (const left of [new Uint8Array(5000), new Uint8Array(layer!.size + 9)]) {
      await Deno.writeFile(ingestPath(own.root, layer!.digest), left);
      const { opened } = await bring(own, layout);
      assert.equal(opened.filter(({ digest }) => digest === layer?.digest).at(-1)?.offset, 0);
      using found = await openImage("system:1", { store: own.root, platform: AMD64 });
      assert.deepEqual((await checkImage(found)).findings, []);
      await Deno.remove(join(own.root, "content/blobs", layer!.digest.replace(":", "/")));
      await Deno.remove(join(own.root, "snapshots", added(layout)), { recursive: true });
    }
  }));

function added({ manifests: [manifest] }: Layout): string {
  return manifest!.digest.replace("sha256:", "");
}

Deno.test("addImage() unpacks while the layers arrive", () =>
  withOwnStore(async ({ own, image }) => {
    const layout = await image({ size: 3 << 20 });
    const [first, last] = layout.layers;
    let unpacked = 0;
    let atEnd: number | undefined;
    await using source = await WatchedSource.open(layout, {
      pieceSize: 1 << 18,
      onPiece: async (digest, offset) => {
        if (digest !== last?.digest) return;
        // Much of the first layer has been unpacked before the last one is wholly there.
        for (let wait = 0; offset >= 1 << 21 && unpacked < first!.size / 2 && wait < 500; wait++) {
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
        atEnd = unpacked;
      },
    });
    await addImage(own, source, {
      platform: AMD64,
      onProgress: (event) => {
        if (event.type === "unpack") unpacked = event.done;
      },
    });
    assert.ok(atEnd! >= first!.size / 2, `${atEnd} of ${first!.size}`);
  }));

Deno.test("two who want the same image share one download and one snapshot", () =>
  withOwnStore(async ({ own, image }) => {
    const layout = await image({ size: 300_000 });
    const slow: WatchedOptions = {
      pieceSize: 1 << 15,
      onPiece: () => new Promise((resolve) => setTimeout(resolve, 2)),
    };
    const both = await Promise.all([bring(own, layout, slow), bring(own, layout, slow)]);
    const opened = both.flatMap(({ opened }) => opened.map(({ digest }) => digest));
    assert.deepEqual(opened.sort(), layout.layers.map(({ digest }) => digest).sort());
    const events = both.flatMap(({ events }) => events);
    assert.ok(events.some((event) => event.type === "blob" && event.state === "waiting"));
    const ends = events.filter((event) =>
      event.type === "unpack" && ["complete", "present"].includes(event.state)
    ).map((event) => "state" in event && event.state);
    assert.deepEqual(ends.sort(), ["complete", "present"]);
  }));

Deno.test("addImage() refuses wrong bytes and keeps none of them", async (t) => {
  const rows: [name: string, change: WatchedOptions["change"]][] = [
    ["another byte", (bytes) => bytes.fill(7, 100, 101)],
    ["too many", (bytes) => new Uint8Array([...bytes, 1])],
    ["too few", (bytes) => bytes.slice(0, bytes.length - 1)],
  ];
  for (const [name, change] of rows) {
    await t.step(name, () =>
      withOwnStore(async ({ own, image }) => {
        const layout = await image();
        const last = layout.layers.at(-1)!.digest;
        await assert.rejects(
          bring(own, layout, {
            change: (bytes, digest) => digest === last ? change!(bytes, digest) : bytes,
          }),
          { code: "corrupt-blob", data: { digest: last } },
        );
        assert.deepEqual(await filesIn(own.root), []);
      }));
  }
});

Deno.test("addImage() refuses what is no image for the platform", async (t) => {
  const json = "application/vnd.oci.image";
  const root = (mediaType: string, value: unknown) => {
    const bytes = new TextEncoder().encode(JSON.stringify(value));
    const digest = `sha256:${"0".repeat(64)}`;
    return { descriptor: { mediaType, digest, size: bytes.length }, bytes };
  };
  const descriptor = { mediaType: "x", digest: `sha256:${"1".repeat(64)}`, size: 2 };
  const platform = { os: "linux", architecture: "s390x" };
  const rows: [name: string, root: ReturnType<typeof root>, code: string][] = [
    ["an unknown document", root("text/plain", {}), "not-an-image"],
    [
      "an artifact",
      root(`${json}.manifest.v1+json`, { schemaVersion: 2, config: descriptor, layers: [] }),
      "not-an-image",
    ],
    ["no manifest", root(`${json}.manifest.v1+json`, []), "malformed-json"],
    [
      "another platform",
      root(`${json}.index.v1+json`, {
        schemaVersion: 2,
        manifests: [{ ...descriptor, platform }],
      }),
      "platform-not-found",
    ],
    [
      "no platform",
      root(`${json}.index.v1+json`, { schemaVersion: 2, manifests: [] }),
      "platform-not-found",
    ],
  ];
  for (const [name, document, code] of rows) {
    await t.step(name, () =>
      withOwnStore(async ({ own }) => {
        const source = {
          name: "test",
          root: () => Promise.resolve(document),
          document: () => Promise.reject(new Error("not asked")),
          openBlob: () => assert.fail("not asked"),
          [Symbol.asyncDispose]: () => Promise.resolve(),
        };
        await assert.rejects(addImage(own, source, { platform: AMD64 }), { code });
        assert.deepEqual(await filesIn(own.root), []);
      }));
  }
});

Deno.test("with SOURCE_DATE_EPOCH the same layers make the same snapshot", () =>
  withFolder(async (folder) => {
    Deno.env.set("SOURCE_DATE_EPOCH", "1700000000");
    try {
      const sums: string[] = [];
      for (const name of ["a", "b"]) {
        await withOwnStore(async ({ own, image }) => {
          const { added } = await bring(own, await image());
          await Deno.writeTextFile(join(folder, name), "");
          sums.push(await run("sh", "-c", 'dumpe2fs -h "$0" 2>/dev/null', added.snapshot!.path));
        });
      }
      assert.equal(sums[0], sums[1]);
    } finally {
      Deno.env.delete("SOURCE_DATE_EPOCH");
    }
  }));

Deno.test("on a full disk addImage() says so, what was there stays, and the space comes back", () =>
  withFolder(async (folder) => {
    await run("mount", "-t", "tmpfs", "-o", "size=10m", "tmpfs", folder);
    try {
      await withOwnStore(async ({ image }) => {
        const own = await openOwnStore({ env: { SNAPVM_HOME: folder } });
        await bring(own, await image());
        const before = await filesIn(own.root);
        for (const size of [1 << 24, 5 << 19]) {
          // The second one's layers have room, and its snapshot has not.
          await assert.rejects(bring(own, await image({ size })), { code: "disk-full" });
          assert.deepEqual(await filesIn(own.root), before);
          const { isWhole, findings } = await checkStore(own);
          assert.deepEqual([isWhole, findings], [true, []]);
        }
      });
    } finally {
      await run("umount", folder);
    }
  }));

Deno.test("unpackImage() reads layers where they lie, and storedSource() finds them where they are whole", () =>
  withOwnStore(async ({ own, folder, image }) => {
    const layout = await image({ architectures: ["amd64", "arm64"] });
    const apple = new TestStore(join(folder, "apple"));
    await Deno.mkdir(join(apple.root, "content"), { recursive: true });
    await Deno.rename(join(layout.path, "blobs"), join(apple.root, "content/blobs"));
    await apple.index("example.com/system:1", layout.manifests);
    const before = await filesIn(apple.root);

    const stores = [apple, own];
    const unpacked = await unpackImage(own, "example.com/system:1", { stores, platform: ARM64 });
    assert.equal(unpacked.reference, "example.com/system:1");
    assert.equal(unpacked.manifest, layout.manifests[1]?.digest);
    assert.deepEqual(await filesIn(apple.root), before);
    assert.equal((await filesIn(join(own.root, "content"))).length, 3);
    await run("e2fsck", "-fn", unpacked.snapshot!.path);
    assert.deepEqual((await checkStore(own)).findings, []);

    {
      using held = await openImage("example.com/system:1", { platform: ARM64, store: own.root });
      assert.equal(await held.root.readTextFile("/etc/name"), "arm64 1 1\n");
    }
    const again = await unpackImage(own, "example.com/system:1", {
      stores,
      platform: ARM64,
      force: true,
    });
    assert.equal(again.snapshot?.path, unpacked.snapshot?.path);
    await using source = await storedSource("example.com/system:1", { stores, platform: AMD64 });
    assert.equal((await source.root()).bytes.length > 0, true);
    await assert.rejects(
      storedSource("example.com/system:1", { stores: [own], platform: AMD64 }),
      { code: "blob-not-found" },
    );
    await assert.rejects(unpackImage(own, "other", { stores }), { code: "image-not-found" });
  }));

Deno.test("the blobs of an image without a reference are an OCI image for skopeo", () =>
  withOwnStore(async ({ own, folder, image }) => {
    const layout = await image();
    await using source = await openTransport(layout.transport);
    const { manifest, reference } = await addImage(own, source, { platform: AMD64, unpack: false });
    assert.equal(reference, undefined);
    // Apple's layout has the blobs of OCI's.
    const view = join(folder, "view");
    await Deno.mkdir(view);
    await Deno.symlink(join(own.root, "content/blobs"), join(view, "blobs"));
    await Deno.writeTextFile(join(view, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
    await Deno.copyFile(join(layout.path, "index.json"), join(view, "index.json"));
    const inspected = JSON.parse(await run("skopeo", "inspect", `oci:${view}:v1`));
    assert.equal(inspected.Digest, manifest);
    assert.deepEqual(inspected.Layers, layout.layers.map(({ digest }) => digest));
  }));
