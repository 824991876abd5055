import assert from "node:assert/strict";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { unpackLayers } from "../../../lib/oci/mod.ts";
import { archiveOf, concat, layerOf } from "./support/layer.ts";
import { MemoryTarget } from "./support/memory_target.ts";

const tree = archiveOf(
  { path: "etc/", type: "directory", mode: 0o755 },
  { path: "etc/hostname", data: "demo\n" },
  { path: "bin/", type: "directory", mode: 0o755 },
  { path: "bin/tool", data: "x".repeat(300_000), mode: 0o4755 },
  { path: "bin/other", type: "link", link: "bin/tool" },
);
const half = tree.length / 2;

for (
  const [name, blob, mediaType] of [
    ["plain", tree, "application/vnd.oci.image.layer.v1.tar"],
    ["gzip", gzipSync(tree), "application/vnd.oci.image.layer.v1.tar+gzip"],
    ["zstd", zstdCompressSync(tree), "application/vnd.oci.image.layer.v1.tar+zstd"],
    [
      "gzip of two members",
      concat(gzipSync(tree.subarray(0, half)), gzipSync(tree.subarray(half))),
      "application/vnd.docker.image.rootfs.diff.tar.gzip",
    ],
    [
      "zstd of two frames",
      concat(zstdCompressSync(tree.subarray(0, half)), zstdCompressSync(tree.subarray(half))),
      "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
    ],
  ] as const
) {
  for (const pieceSize of [Infinity, 1000, 57]) {
    Deno.test(`unpackLayers() unpacks ${name} in pieces of ${pieceSize}`, async () => {
      const target = new MemoryTarget();
      await unpackLayers(target, [
        layerOf(new Uint8Array(blob), { mediaType, archive: tree, pieceSize }),
      ]);
      assert.deepEqual(target.describe(), [
        "/ directory 755 0:0 0.000000000",
        "bin directory 755 0:0 0.000000000",
        "bin/other file 4755 0:0 0.000000000 300000 bytes 29927e273accc682 file 1",
        "bin/tool file 4755 0:0 0.000000000 300000 bytes 29927e273accc682 file 1",
        "etc directory 755 0:0 0.000000000",
        'etc/hostname file 644 0:0 0.000000000 "demo\\n"',
      ]);
    });
  }
}
