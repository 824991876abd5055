import { isFile, join } from "../../host/mod.ts";
import { type LayerInput, parseDigest } from "../../oci/mod.ts";
import type { ResolvedImage } from "../lookup/resolved_image.ts";
import type { Store } from "../open_stores.ts";

const READ_SIZE = 1 << 20;

/** The layers of an image, or why there are none. Those that its store does not have may be in others. */
export async function findLayers(
  { store, manifest, config, problems }: ResolvedImage,
  stores: readonly Store[] = [],
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
    return {
      missing: `its manifest has ${layers.length} layers, and its configuration ${diff_ids.length}`,
    };
  }
  const roots = new Set([store.root, ...stores.map(({ root }) => root)]);
  const paths = await Promise.all(layers.map(({ digest }) => findBlob(digest, roots)));
  const missing = paths.filter((path) => path === undefined).length;
  if (missing > 0) {
    return {
      missing: roots.size > 1
        ? `${missing} of its ${layers.length} layers are in no store`
        : `${missing} of its ${layers.length} layers are not in the store`,
    };
  }
  return {
    layers: layers.map((descriptor, index) => ({
      descriptor,
      diffId: diff_ids[index]!,
      open: () => readFile(paths[index]!),
    })),
  };
}

async function findBlob(digest: string, roots: Iterable<string>): Promise<string | undefined> {
  const { algorithm, encoded } = parseDigest(digest);
  for (const root of roots) {
    const path = join(root, "content", "blobs", algorithm, encoded);
    if (await isFile(path)) return path;
  }
  return undefined;
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
