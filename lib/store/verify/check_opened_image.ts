import { unpackLayers } from "../../oci/mod.ts";
import type { OpenedImage } from "../lookup/open_image.ts";
import { compareSnapshot } from "./compare_snapshot.ts";
import { findLayers } from "./find_layers.ts";
import type { CheckImageOptions, ImageCheck } from "./image_check.ts";
import { RecordedTree } from "./recorded_tree.ts";

/** What `checkImage()` does. */
export async function checkOpenedImage(
  { image, root }: OpenedImage,
  { stores, signal, onProgress }: CheckImageOptions,
): Promise<ImageCheck> {
  const found = await findLayers(image, stores);
  let tree: RecordedTree | undefined;
  if (found.layers !== undefined) {
    tree = new RecordedTree();
    const size = found.layers.reduce((sum, { descriptor }) => sum + descriptor.size, 0);
    await unpackLayers(tree, found.layers, {
      signal,
      onProgress: ({ done }) => onProgress?.({ type: "layers", done, size }),
    });
  }
  const comparison = await compareSnapshot(root, tree, {
    signal,
    onEntries: (entries) => onProgress?.({ type: "snapshot", entries }),
  });
  return {
    ...comparison,
    layers: found.layers?.length ?? 0,
    ...found.missing !== undefined && { uncompared: found.missing },
  };
}
