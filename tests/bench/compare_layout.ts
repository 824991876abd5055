/**
 * Compares an image of ours with what umoci unpacks from the same layers, for images that are too large for a test:
 * `deno run -A tests/bench/compare_layout.ts LAYOUT [IMAGE]`. IMAGE is an ext4 image that was made of the layout
 * before; otherwise one is made. Needs root.
 *
 * @module
 */

import { readLayers } from "./read_layers.ts";
import { kernelTree } from "../ext4/support/kernel_facts.ts";
import { run, withMount } from "../ext4/support/programs.ts";
import { compareTrees } from "../store/oracle/support/compare.ts";
import { writeImage } from "../store/oracle/support/layers.ts";
import { fsck } from "../store/oracle/support/mount.ts";

const [layout, given] = Deno.args;
if (layout === undefined) throw new Error("Say which layout");
const folder = await Deno.makeTempDir({ prefix: "snapvm-compare-" });
try {
  const image = given ?? `${folder}/image`;
  if (given === undefined) {
    await writeImage(
      image,
      (await readLayers(layout)).map(({ path, diffId, ...descriptor }) => ({
        descriptor,
        diffId,
        async *open() {
          yield* (await Deno.open(path)).readable;
        },
      })),
    );
  }
  await fsck(image);
  await run("umoci", ["unpack", "--image", `${layout}:latest`, `${folder}/bundle`]);
  const truth = kernelTree(`${folder}/bundle/rootfs`);
  const ours = await withMount(image, "ro,noload", kernelTree);
  const found = compareTrees(truth, ours);
  const summary = `${layout}: ${truth.size} paths, ${found.length} differences`;
  Deno.stdout.writeSync(new TextEncoder().encode([...found, summary, ""].join("\n")));
  if (found.length > 0) Deno.exitCode = 1;
} finally {
  await Deno.remove(folder, { recursive: true });
}
