import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { unpackLayers } from "../../../lib/oci/mod.ts";
import { hostTree } from "./support/host_tree.ts";
import { MemoryTarget } from "./support/memory_target.ts";
import { contentDigest } from "./support/tree_lines.ts";
import { withUmoci } from "./support/umoci.ts";

Deno.test("unpackLayers() makes of a stack of layers what umoci makes of it", async () => {
  await withUmoci(async (layers, rootfs) => {
    const target = new MemoryTarget();
    await unpackLayers(target, layers);
    const tree = target.describe((bytes) =>
      contentDigest(bytes.length, createHash("sha256").update(bytes).digest("hex"))
    );
    assert.deepEqual(tree, await hostTree(rootfs));
  });
});
