import assert from "node:assert/strict";

import { Ext4 } from "../../../lib/ext4/mod.ts";
import { differences } from "../support/facts.ts";
import { kernelTree } from "../support/kernel_facts.ts";
import { pattern } from "../support/populate.ts";
import { withMount } from "../support/programs.ts";
import { readerTree } from "../support/reader_facts.ts";
import { bytes, PLAIN, withWritten } from "./support/written.ts";

/** Loop mounts need Linux and root. */
const ignore = Deno.build.os !== "linux" || Deno.uid() !== 0;

Deno.test({
  name: "Ext4Writer writes what the kernel, e2fsck and Ext4 read",
  ignore,
  fn: async () => {
    await withWritten({}, async (writer) => {
      const folder = writer.addFolder(writer.root, bytes("etc"), { ...PLAIN, mode: 0o755 });
      for (const size of [0, 1, 4095, 4096, 4097, 100_000]) {
        writer.addFile(folder, bytes(`${size}`), PLAIN, size);
        writer.write(pattern(size, size));
        await writer.ready();
      }
      writer.addSymlink(writer.root, bytes("link"), bytes("etc/1"), PLAIN);
    }, async (image) => {
      using filesystem = await Ext4.open(image);
      assert.deepEqual(await filesystem.readFile("/etc/100000"), pattern(100_000, 100_000));
      assert.deepEqual(await filesystem.readFile("/link"), pattern(1, 1));
      const ours = await readerTree(filesystem);
      assert.equal(ours.size, 10);
      assert.deepEqual(differences(await withMount(image, "ro", kernelTree), ours), []);
    });
  },
});
