import assert from "node:assert/strict";
import { join } from "node:path";
import { chooseKernel, extractBoot, findKernels, type RootFs } from "../../lib/boot/mod.ts";
import { Ext4 } from "../../lib/ext4/mod.ts";
import { fixtureImage, type ImageShape } from "../fixtures/fixture_image.ts";
import { filter, withFolder } from "./support/programs.ts";

/** The kernel of each of these images. Their store may have other images with other kernels. */
const SHAPES: readonly {
  shape: ImageShape;
  kind: "uki" | "modules" | "boot";
  architecture: string;
  format: string;
}[] = [
  {
    shape: "debian-dracut",
    kind: "modules",
    architecture: "x86_64",
    format: "x86 bzImage",
  },
  {
    shape: "uki",
    kind: "uki",
    architecture: "x86_64",
    format: "UKI → x86 bzImage",
  },
  {
    shape: "arm64",
    kind: "modules",
    architecture: "aarch64",
    format: "arm64 Image",
  },
];

/** The snapshots of a store that have a kernel. */
async function* bootable(root: string): AsyncGenerator<string, void> {
  for await (const { name } of Deno.readDir(join(root, "snapshots"))) {
    if (!/^[0-9a-f]{64}$/.test(name)) continue;
    const path = join(root, "snapshots", name, "snapshot");
    using image = await Ext4.open(path);
    if ((await findKernels(image)).kernels.length > 0) yield path;
  }
}

/** The same files, extracted by debugfs and objcopy. */
async function dump(snapshot: string, paths: readonly string[], folder: string): Promise<void> {
  for (const [i, path] of paths.entries()) {
    await filter(["debugfs", "-R", `dump ${path} ${folder}/${i}`, snapshot]);
  }
}

for (const { shape, ...expected } of SHAPES) {
  Deno.test(`extractBoot() extracts from the ${shape} image what debugfs and objcopy do`, async () => {
    const { root } = await fixtureImage(shape);
    let seen = 0;
    for await (const snapshot of bootable(root)) {
      using image: RootFs & Disposable = await Ext4.open(snapshot);
      const discovery = await findKernels(image);
      assert.deepEqual(discovery.problems, []);
      const kernel = chooseKernel(discovery);
      await withFolder(async (folder) => {
        const files = await extractBoot(image, kernel, folder);
        if (kernel.kind !== expected.kind || files.architecture !== expected.architecture) return;
        seen++;
        assert.equal(files.format, expected.format);
        assert.equal(files.version, kernel.version);
        assert.match(files.version, /^\d+\.\d+\.\d+[+-]/);

        await dump(snapshot, [kernel.path, ...kernel.initramfs ? [kernel.initramfs] : []], folder);
        if (kernel.kind === "uki") {
          const dumps = [".linux=0", ".initrd=1"].flatMap((name) => ["--dump-section", name]);
          await Deno.rename(join(folder, "0"), join(folder, "uki"));
          await filter(["objcopy", ...dumps, "uki", "copy"], undefined, folder);
          assert.equal(files.commandLine, "ro quiet");
        }
        await filter(["cmp", "0", "kernel"], undefined, folder);
        await filter(["cmp", "1", "initramfs"], undefined, folder);
      });
    }
    assert.ok(seen > 0, `no image of the shape ${shape}`);
  });
}
