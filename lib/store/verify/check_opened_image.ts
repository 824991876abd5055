import { SnapvmError } from "../../error/mod.ts";
import { isFile, join } from "../../host/mod.ts";
import { type LayerInput, parseDigest, unpackLayers } from "../../oci/mod.ts";
import type { OpenedImage } from "../lookup/open_image.ts";
import type { ResolvedImage } from "../lookup/resolved_image.ts";
import { compareSnapshot } from "./compare_snapshot.ts";
import type { CheckImageOptions, ImageCheck } from "./image_check.ts";
import { RecordedTree } from "./recorded_tree.ts";

const READ_SIZE = 1 << 20;

/** What `checkImage()` does. */
export async function checkOpenedImage(
  { image, root }: OpenedImage,
  { signal, onProgress }: CheckImageOptions,
): Promise<ImageCheck> {
  const found = await findLayers(image);
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

/** The layers of an image, or why there are none. */
async function findLayers(
  { store, manifest, config, problems }: ResolvedImage,
): Promise<
  & { readonly layers?: readonly LayerInput[] }
  & { readonly missing?: string }
> {
  if (store === undefined || manifest === undefined) {
    return { missing: "it is a file, for which no layers are known" };
  }
  if (manifest.content === undefined || config === undefined) {
    return { missing: problems[0] ?? "its documents are not in the store" };
  }
  const { layers } = manifest.content;
  const { diff_ids } = config.rootfs;
  if (layers.length !== diff_ids.length) {
    throw new SnapvmError(
      "corrupt-blob",
      `Cannot read the layers of ${manifest.digest}: its manifest has ${layers.length}, its configuration ${diff_ids.length}`,
      { data: { digest: manifest.digest } },
    );
  }
  const paths = layers.map(({ digest }) => {
    const { algorithm, encoded } = parseDigest(digest);
    return join(store.root, "content", "blobs", algorithm, encoded);
  });
  const exist = await Promise.all(paths.map(isFile));
  const missing = exist.filter((each) => !each).length;
  if (missing > 0) {
    return { missing: `${missing} of its ${layers.length} layers are not in the store` };
  }
  return {
    layers: layers.map((descriptor, index) => ({
      descriptor,
      diffId: diff_ids[index]!,
      open: () => readFile(paths[index]!),
    })),
  };
}

async function* readFile(path: string): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  using file = await Deno.open(path);
  for (;;) {
    const bytes = new Uint8Array(READ_SIZE);
    const size = await file.read(bytes);
    if (size === null) return;
    yield bytes.subarray(0, size);
  }
}
