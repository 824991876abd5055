import assert from "node:assert/strict";
import { join } from "node:path";
import { fsck } from "../store/oracle/support/mount.ts";
import { layerInput, writeImage } from "../store/oracle/support/layers.ts";
import { demo } from "./support/demo.ts";
import { snapshotOf, textIn } from "./support/snapshot.ts";
import { runSnapvm } from "./support/snapvm.ts";

/** What runs in the guest: facts of its root filesystem, of which the kernel has said how it is mounted. */
const SCRIPT = `
grep " / " /proc/mounts
dmesg | grep "EXT4-fs (vda): mounted" | grep -o "with[a-z]* [a-z]*"
echo written >/usr/lib/written && sync && cat /usr/lib/written
cat /etc/os-release
`;

Deno.test("images of ours boot, with a journal and without one", async () => {
  const folder = await Deno.makeTempDir({ prefix: "e2e-unpacked-" });
  try {
    const archive = await demoLayer();
    const osRelease = await textIn(await snapshotOf(demo), "/etc/os-release");
    // At the same time: most of a boot is waiting.
    const boots = [false, true].map(async (journal) => {
      const image = join(folder, `journal-${journal}`);
      await writeImage(image, [layerInput(archive)], { journal });
      await fsck(image);
      const { status, stdout, stderr } = await runSnapvm([
        ...[
          "run",
          "--backend",
          "qemu",
          "--cpus",
          "1",
          "--memory",
          "512M",
          image,
          "--",
          "sh",
          "-c",
          SCRIPT,
        ],
      ]);
      assert.equal(status, 0, stderr);
      const words = journal ? "with ordered" : "without journal";
      assert.equal(stdout, `/dev/vda / ext4 rw,relatime 0 0\n${words}\nwritten\n${osRelease}`);
      await fsck(image);
    });
    await Promise.all(boots);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** The archive of the demo's one layer, as GNU tar packed it. */
async function demoLayer(): Promise<Uint8Array<ArrayBuffer>> {
  const blobs = join(demo.root, "content/blobs/sha256");
  for await (const { name } of Deno.readDir(blobs)) {
    if ((await Deno.stat(join(blobs, name))).size > 1024 * 1024) {
      return await Deno.readFile(join(blobs, name));
    }
  }
  throw new Error(`Cannot find a layer in ${blobs}`);
}
