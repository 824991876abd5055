import { hasCode, SnapvmError } from "../../error/mod.ts";
import { statIfThere } from "../../host/mod.ts";
import { hostPlatform, MalformedJson, readBlob, type SourceDocument } from "../../oci/mod.ts";
import { findByDigest, findByReference, type FoundImage } from "../lookup/find_images.ts";
import { similarReferences } from "../lookup/find_reference.ts";
import { isIndirect, readIndex } from "../lookup/image_documents.ts";
import { platformImage } from "../lookup/platform_image.ts";
import type { StoredSourceOptions } from "../own/stored_source_options.ts";
import type { Store } from "../open_stores.ts";
import { readReferences } from "../state/read_references.ts";
import { type ImageToAdd, readImageToAdd } from "./image_to_add.ts";
import { blobPath, blobsFolder } from "./store_paths.ts";
import { StoreSource } from "./store_source.ts";

/** An image in a store, whole for one platform. */
export interface StoredImageSource {
  /** The store. */
  readonly store: Store;
  /** The image as a source. */
  readonly source: StoreSource;
  /** Its documents for the platform. */
  readonly image: ImageToAdd;
}

/** What {@linkcode storedSource} does; gives the image's documents too. */
export async function openStoredImage(
  name: string,
  { stores, platform }: StoredSourceOptions,
): Promise<StoredImageSource> {
  const references = await Promise.all(stores.map(readReferences));
  const byReference = findByReference(references, name);
  const found = byReference.length > 0 ? byReference : await findByDigest(references, name);
  let first: unknown;
  for (const candidate of found) {
    try {
      const source = await openFound(name, candidate, platform ?? hostPlatform());
      const image = await readImageToAdd(source, platform, undefined);
      await requireLayers(candidate.store, image);
      return { store: candidate.store, source, image };
    } catch (error) {
      // Another store may have more of it.
      if (!(error instanceof SnapvmError)) throw error;
      first ??= error;
    }
  }
  if (first !== undefined) throw first;
  const unreadable = references.find(({ error }) => error !== undefined)?.error;
  if (unreadable !== undefined) throw unreadable;
  const keys = references.flatMap(({ state }) => [...state.keys()]);
  const roots = stores.map(({ root }) => root).join(", ");
  throw new SnapvmError(
    "image-not-found",
    `Cannot find the image ${JSON.stringify(name)}: ${
      roots === "" ? "there is no store" : `it is not in ${roots}`
    }`,
    { data: { image: name, reason: "absent", similar: similarReferences(keys, name) } },
  );
}

async function openFound(
  name: string,
  found: FoundImage,
  platform: Parameters<typeof platformImage>[2],
): Promise<StoreSource> {
  const { store } = found;
  if (found.by === "snapshot") {
    return new StoreSource(store, await readRoot(store, found.manifest), name, undefined);
  }
  const { reference, descriptor, manifest } = found;
  const unreadable = (reason: string, cause: unknown) =>
    new SnapvmError("image-unreadable", `Cannot read ${reference}: ${reason}`, {
      data: { image: platformImage(store, reference, platform) },
      cause,
    });
  if (descriptor instanceof MalformedJson) {
    throw unreadable("its entry in the store is damaged", descriptor);
  }
  try {
    const root = await readRoot(store, manifest ?? await rootOf(store, descriptor.digest));
    return new StoreSource(store, root, name, reference);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) {
      throw unreadable("its index or its manifest is not in the store", cause);
    }
    if (hasCode(cause, "corrupt-blob", "malformed-json", "invalid-digest")) {
      throw unreadable("its index or its manifest is damaged", cause);
    }
    throw cause;
  }
}

/** The digest of an image's index, or of the only manifest for which `container` has made one up. */
async function rootOf(store: Store, digest: string): Promise<string> {
  const index = await readIndex(store.root, digest);
  const [only] = index.manifests;
  return isIndirect(index) && only !== undefined ? only.digest : digest;
}

/** Reads an index or a manifest, whose media type may be in itself alone. */
export async function readRoot(
  store: { readonly root: string },
  digest: string,
): Promise<SourceDocument> {
  const bytes = await readBlob(blobsFolder(store.root), digest);
  return { descriptor: { mediaType: mediaTypeOf(bytes), digest, size: bytes.length }, bytes };
}

function mediaTypeOf(bytes: Uint8Array): string {
  const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
  if (typeof value !== "object" || value === null) return "";
  if ("mediaType" in value && typeof value.mediaType === "string" && value.mediaType !== "") {
    return value.mediaType;
  }
  const kind = "manifests" in value ? "index" : "manifest";
  return `application/vnd.oci.image.${kind}.v1+json`;
}

async function requireLayers(store: Store, { layers }: ImageToAdd): Promise<void> {
  for (const { digest, size } of layers) {
    const there = await statIfThere(blobPath(store.root, digest));
    if (there?.size === size) continue;
    throw new SnapvmError(
      "blob-not-found",
      `Cannot read the layer ${digest}: it is not in the store ${store.root}`,
      { data: { digest } },
    );
  }
}
