import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import {
  hasCode,
  type LayerInput,
  type LayerProgress,
  readLayer,
  unpackLayers,
} from "../../../lib/oci/mod.ts";
import { archiveOf, bytes, concat, digestOf, layerOf } from "./support/layer.ts";
import { MemoryTarget } from "./support/memory_target.ts";

const archive = archiveOf(
  { path: "d/", type: "directory", mode: 0o755 },
  { path: "d/a", data: "hello", mode: 0o640, uid: 1, gid: 2, mtimeNs: 1_500_000_000n },
  { path: "d/b", data: "x".repeat(5000) },
  { path: "l", type: "symlink", link: "d/a" },
);
const gzip = new Uint8Array(gzipSync(archive));
const nobody = { member: () => true, data: () => {} };

Deno.test("readLayer() gives members, and the data of those that are wanted", async () => {
  const paths: string[] = [];
  const data: Record<string, number> = {};
  let last = "";
  await readLayer(layerOf(gzip, { archive, pieceSize: 100 }), {
    member: ({ path, type, size, uid, mtime }) => {
      last = new TextDecoder().decode(path);
      paths.push(`${last} ${type} ${size} ${uid} ${mtime.seconds}.${mtime.nanoseconds}`);
      return last === "d/b";
    },
    data: (piece) => {
      data[last] = (data[last] ?? 0) + piece.length;
    },
  });
  assert.deepEqual(paths, [
    "d directory 0 0 0.0",
    "d/a file 5 1 1.500000000",
    "d/b file 5000 0 0.0",
    "l symlink 0 0 0.0",
  ]);
  assert.deepEqual(data, { "d/b": 5000 });
});

Deno.test("unpackLayers() tells how far it is, over all layers", async () => {
  const seen: LayerProgress[] = [];
  const layer = layerOf(gzip, { archive, pieceSize: 50 });
  await unpackLayers(new MemoryTarget(), [layer, layer], {
    onProgress: (progress) => seen.push(progress),
  });
  assert.deepEqual(seen.at(-1), { done: 2 * gzip.length, entries: 8 });
  assert.deepEqual(seen, seen.toSorted((a, b) => a.done - b.done || a.entries - b.entries));
});

Deno.test("readLayer() names encrypted layers and types that it does not know", async () => {
  const rows: readonly (readonly [mediaType: string, encrypted: boolean, reason: string])[] = [
    ["application/vnd.oci.image.layer.v1.tar+gzip+encrypted", true, "it is encrypted"],
    ["application/vnd.oci.image.layer.v1.tar+encrypted", true, "it is encrypted"],
    ["application/vnd.in-toto+json", false, "its type is not known"],
    ["application/vnd.oci.image.layer.v1.tar+xz", false, "its type is not known"],
    ["", false, "its type is not known"],
  ];
  for (const [mediaType, encrypted, reason] of rows) {
    const layer: LayerInput = {
      ...layerOf(archive, { mediaType }),
      open: () => assert.fail("it is not opened"),
    };
    await assert.rejects(readLayer(layer, nobody), (error) => {
      assert.ok(hasCode(error, "unsupported-layer"));
      const { digest } = layer.descriptor;
      assert.deepEqual(error.data, { digest, mediaType, encrypted });
      assert.equal(
        error.message,
        `Cannot read the layer ${digest}: ${reason}, ${JSON.stringify(mediaType)}`,
      );
      return true;
    });
  }
});

Deno.test("readLayer() knows the media types of OCI and Docker", async () => {
  for (
    const mediaType of [
      "application/vnd.oci.image.layer.v1.tar",
      "application/vnd.oci.image.layer.v1.tar+gzip",
      "application/vnd.oci.image.layer.v1.tar+zstd",
      "application/vnd.oci.image.layer.nondistributable.v1.tar",
      "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
      "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
      "application/vnd.docker.image.rootfs.diff.tar",
      "application/vnd.docker.image.rootfs.diff.tar.gzip",
      "application/vnd.docker.image.rootfs.foreign.diff.tar",
      "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
      "application/x-tar",
    ]
  ) {
    await readLayer(layerOf(gzip, { archive, mediaType }), nobody);
  }
});

const layer = layerOf(gzip, { archive });
for (
  const [name, changed, reason] of [
    [
      "is longer than it should be",
      concat(gzip, bytes("x")),
      `it is larger than ${gzip.length} bytes`,
    ],
    [
      "is shorter than it should be",
      gzip.slice(0, -1),
      `it ends after ${gzip.length - 1} of ${gzip.length} bytes`,
    ],
    [
      "has a wrong byte in its compressed data",
      gzip.with(40, gzip[40]! ^ 1),
      `its bytes have the digest ${digestOf(gzip.with(40, gzip[40]! ^ 1))}`,
    ],
    [
      "has a wrong byte that unpacking does not see",
      gzip.with(4, gzip[4]! ^ 1),
      `its bytes have the digest ${digestOf(gzip.with(4, gzip[4]! ^ 1))}`,
    ],
    ["is empty", new Uint8Array(), `it ends after 0 of ${gzip.length} bytes`],
  ] as const
) {
  for (const pieceSize of [Infinity, 33]) {
    Deno.test(`readLayer() says that a blob ${name}, in pieces of ${pieceSize}`, async () => {
      const { open } = layerOf(changed, { pieceSize });
      await assert.rejects(readLayer({ ...layer, open }, nobody), (error) => {
        assert.ok(hasCode(error, "corrupt-blob"), String(error));
        assert.deepEqual(error.data, { digest: layer.descriptor.digest });
        assert.equal(
          error.message,
          `Cannot read the layer ${layer.descriptor.digest}: ${reason}`,
        );
        return true;
      });
    });
  }
}

Deno.test("readLayer() verifies sha512 too, and refuses a digest that it cannot verify", async () => {
  const sha512 = (data: Uint8Array) => `sha512:${createHash("sha512").update(data).digest("hex")}`;
  const strong = {
    ...layer,
    descriptor: { ...layer.descriptor, digest: sha512(gzip) },
    diffId: sha512(archive),
  };
  await readLayer(strong, nobody);
  await assert.rejects(
    readLayer({ ...strong, diffId: sha512(gzip) }, nobody),
    (error) => hasCode(error, "corrupt-layer") && error.data.rule === "diff-id",
  );
  await assert.rejects(
    readLayer({ ...layer, diffId: "md5:0" }, nobody),
    (error) => hasCode(error, "invalid-digest"),
  );
});

Deno.test("readLayer() ends at once when it is aborted, even if the source has come to a stop", async () => {
  const reason = new Error("enough");
  for (const data of [gzip, archive]) {
    for (const from of [0, 100]) {
      const controller = new AbortController();
      let isClosed = false;
      const stalled: LayerInput = {
        ...layerOf(data, { archive }),
        async *open() {
          try {
            if (from > 0) yield data.slice(0, from);
            queueMicrotask(() => controller.abort(reason));
            // As a connection whose request is given the same signal.
            await new Promise((_, reject) =>
              controller.signal.addEventListener("abort", () => reject(reason))
            );
          } finally {
            isClosed = true;
          }
        },
      };
      await assert.rejects(
        unpackLayers(new MemoryTarget(), [stalled, stalled], { signal: controller.signal }),
        (error) => error === reason,
      );
      assert.ok(isClosed);
    }
  }
  await assert.rejects(
    readLayer(layer, nobody, { signal: AbortSignal.abort(reason) }),
    (error) => error === reason,
  );
});

Deno.test("unpackLayers() gives on what the target throws, and closes all sources", async () => {
  const reason = new Error("no room");
  let open = 0;
  const counted: LayerInput = {
    ...layer,
    async *open() {
      open++;
      try {
        for (let at = 0; at < gzip.length; at += 20) {
          await Promise.resolve();
          yield gzip.slice(at, at + 20);
        }
      } finally {
        open--;
      }
    },
  };
  const target = new MemoryTarget();
  target.write = () => {
    throw reason;
  };
  await assert.rejects(
    unpackLayers(target, [counted, counted, counted]),
    (error) => error === reason,
  );
  assert.equal(open, 0);
});

Deno.test("unpackLayers() waits for a target whose disk is behind", async () => {
  const target = new MemoryTarget();
  let isBusy = false;
  const { addFile } = target;
  target.addFile = (...args) => {
    assert.ok(!isBusy);
    return addFile.apply(target, args);
  };
  target.ready = () => {
    isBusy = true;
    return new Promise((resolve) =>
      setTimeout(() => {
        isBusy = false;
        resolve();
      }, 1)
    );
  };
  await unpackLayers(target, [layerOf(archive, { pieceSize: 700 })]);
  assert.equal(target.describe().length, 5);
});
