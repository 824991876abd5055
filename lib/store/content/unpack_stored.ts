import type { AddedImage } from "../own/added_image.ts";
import type { OwnStore } from "../own/own_store.ts";
import type { UnpackImageOptions } from "../own/unpack_image_options.ts";
import { makeSnapshot } from "../snapshot/make_snapshot.ts";
import { setReference } from "../state/change_state.ts";
import { cleanUp } from "../upkeep/clean_up.ts";
import { keepDocuments } from "./keep_documents.ts";
import { openStoredImage } from "./open_stored_image.ts";
import { shareStore } from "./store_lease.ts";

/** What `unpackImage()` does. */
export async function unpackStored(
  own: OwnStore,
  name: string,
  { stores, platform: named, force, signal, onProgress }: UnpackImageOptions,
): Promise<AddedImage> {
  const { root } = own;
  /** What this attempt has brought. */
  const brought: string[] = [];
  try {
    using _lease = await shareStore(root, signal);
    const { source, image } = await openStoredImage(name, { stores, platform: named });
    const { index, manifest, platform, layers, diffIds } = image;
    const { reference } = source;
    onProgress?.({
      type: "resolved",
      reference: reference ?? name,
      manifest: manifest.descriptor.digest,
      size: layers.reduce((sum, { size }) => sum + size, 0),
      layers: layers.length,
    });
    await keepDocuments(root, source.name, image, { signal, onBrought: (it) => brought.push(it) });
    const snapshot = await makeSnapshot(
      root,
      manifest.descriptor.digest,
      layers.map((descriptor, at) => ({
        descriptor,
        diffId: diffIds[at]!,
        open: () => source.openBlob(descriptor, { signal }),
      })),
      { force, signal, onProgress },
    );
    if (reference !== undefined) await setReference(root, reference, index.descriptor, signal);
    return {
      ...reference !== undefined && { reference },
      index: index.descriptor.digest,
      manifest: manifest.descriptor.digest,
      platform,
      snapshot,
    };
  } catch (error) {
    throw await cleanUp(root, error, brought);
  }
}
