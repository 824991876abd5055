import { formatReference, type ImageSource, qualifyReference } from "../../oci/mod.ts";
import type { AddedImage, AddImageOptions } from "../own/added_image.ts";
import { makeSnapshot } from "../snapshot/make_snapshot.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { setReference } from "../state/change_state.ts";
import { cleanUp } from "../upkeep/clean_up.ts";
import { bringBlob } from "./bring_blob.ts";
import { GrowingFile } from "./growing_file.ts";
import { type ImageToAdd, readImageToAdd } from "./image_to_add.ts";
import { keepDocuments } from "./keep_documents.ts";
import { shareStore } from "./store_lease.ts";

/** How many layers arrive at the same time. */
const PARALLEL = 4;

/** What `addImage()` does. */
export async function bringImage(
  root: string,
  source: ImageSource,
  options: AddImageOptions,
): Promise<AddedImage> {
  const { signal, onProgress, platform: named } = options;
  const reference = options.reference === undefined
    ? undefined
    : formatReference(qualifyReference(options.reference));
  /** What this attempt has brought. */
  const brought: string[] = [];
  try {
    using _lease = await shareStore(root, signal);
    const image = await readImageToAdd(source, named, signal);
    const { index, manifest, platform, layers } = image;
    onProgress?.({
      type: "resolved",
      reference: reference ?? source.reference ?? source.name,
      manifest: manifest.descriptor.digest,
      size: layers.reduce((sum, { size }) => sum + size, 0),
      layers: layers.length,
    });
    await keepDocuments(root, source.name, image, { signal, onBrought: (it) => brought.push(it) });
    const snapshot = await bringLayers(root, source, image, options, brought);
    if (reference !== undefined) await setReference(root, reference, index.descriptor, signal);
    return {
      ...reference !== undefined && { reference },
      index: index.descriptor.digest,
      manifest: manifest.descriptor.digest,
      platform,
      ...snapshot && { snapshot },
    };
  } catch (error) {
    throw await cleanUp(root, error, brought);
  }
}

/** Brings the layers, and unpacks them meanwhile. */
async function bringLayers(
  root: string,
  source: ImageSource,
  image: ImageToAdd,
  { unpack = true, signal, onProgress }: AddImageOptions,
  brought: string[],
): Promise<Snapshot | undefined> {
  const failed = new AbortController();
  const either = signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal]);
  // A layer may be there twice.
  const files = new Map(image.layers.map(({ digest }) => [digest, new GrowingFile()]));
  either.addEventListener("abort", () => {
    for (const file of files.values()) file.fail(either.reason);
  });
  const layers = image.layers.filter(({ digest }, at) =>
    image.layers.findIndex((other) => other.digest === digest) === at
  );
  const queue = layers.values();
  const bring = async () => {
    for (const layer of queue) {
      const growing = files.get(layer.digest)!;
      try {
        if (await bringBlob(root, source, layer, { signal: either, onProgress, growing })) {
          brought.push(layer.digest);
        }
      } catch (error) {
        failed.abort(error);
        throw error;
      }
    }
  };
  const bringing = settleAll(Array.from({ length: PARALLEL }, bring));
  if (!unpack) {
    await bringing;
    return undefined;
  }
  const make = () =>
    makeSnapshot(
      root,
      image.manifest.descriptor.digest,
      image.layers.map((descriptor, at) => ({
        descriptor,
        diffId: image.diffIds[at]!,
        open: () => files.get(descriptor.digest)!.read(),
      })),
      { signal: either, onProgress },
    );
  const making = make().catch(async (error) => {
    // What an earlier attempt had left of a layer was wrong, and has been unpacked already.
    const isRestarted = [...files.values()].some((file) => file.isRestarted);
    if (!isRestarted || either.aborted) throw error;
    await bringing;
    return await make();
  });
  making.catch((error) => failed.abort(error));
  const [broughtAll, made] = await Promise.allSettled([bringing, making]);
  signal?.throwIfAborted();
  if (broughtAll.status === "rejected") throw broughtAll.reason;
  if (made.status === "rejected") throw made.reason;
  return made.value;
}

/** Waits for all, and fails with the first failure. */
async function settleAll(works: readonly Promise<void>[]): Promise<void> {
  let failure: { readonly error: unknown } | undefined;
  await Promise.all(works.map((work) =>
    work.catch((error) => {
      failure ??= { error };
    })
  ));
  if (failure !== undefined) throw failure.error;
}
