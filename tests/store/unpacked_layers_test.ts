import assert from "node:assert/strict";
import { Ext4Writer } from "../../lib/ext4/mod.ts";
import { unpackLayers } from "../../lib/oci/mod.ts";
import { hostTree, run } from "../oci/layer/support/host_tree.ts";
import { withUmoci } from "../oci/layer/support/umoci.ts";

Deno.test("layers that were unpacked into an image are, once mounted, what umoci makes of them", async () => {
  await withUmoci(async (layers, rootfs, folder) => {
    const image = `${folder}/image.ext4`;
    {
      await using writer = await Ext4Writer.create(image);
      await unpackLayers(writer, layers);
      await writer.finish();
    }
    await run("e2fsck", ["-fn", image]);
    await Deno.mkdir(`${folder}/mounted`);
    await run("mount", ["-o", "loop,ro", image, `${folder}/mounted`]);
    try {
      const mounted = await hostTree(`${folder}/mounted`);
      const expected = await hostTree(rootfs);
      const isOwn = (line: string) => line.startsWith("lost+found ");
      assert.deepEqual(mounted.filter((line) => !isOwn(line)), expected);
    } finally {
      await run("umount", [`${folder}/mounted`]);
    }
  });
});
