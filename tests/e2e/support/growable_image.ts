import { join } from "node:path";
import { runProgram } from "../../../scripts/images/mod.ts";
import { demo } from "./demo.ts";
import { snapshotOf } from "./snapshot.ts";

/**
 * Writes the demo as an ext4 file of 256 MiB with the features that mke2fs chooses: unlike a snapshot's, its filesystem
 * can grow.
 */
export async function makeGrowableImage(folder: string): Promise<string> {
  const tree = join(folder, "tree");
  const image = join(folder, "image.ext4");
  await Deno.mkdir(tree);
  // debugfs keeps owners and modes, and needs no mount.
  await runProgram("debugfs", ["-R", `rdump / ${tree}`, await snapshotOf(demo)]);
  await runProgram("mke2fs", ["-q", "-t", "ext4", "-d", tree, image, "256M"]);
  await Deno.remove(tree, { recursive: true });
  return image;
}
