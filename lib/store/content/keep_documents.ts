import type { SourceDocument } from "../../oci/mod.ts";
import { type BlobOrigin, bringBlob } from "./bring_blob.ts";
import type { ImageToAdd } from "./image_to_add.ts";

/** Options for {@linkcode keepDocuments}. */
export interface KeepDocumentsOptions {
  /** Ends the work with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Told the digest of each document that was not there yet. */
  readonly onBrought?: ((digest: string) => void) | undefined;
}

/** Keeps an image's index, manifest and configuration as blobs of a store. */
export async function keepDocuments(
  root: string,
  name: string,
  { index, manifest, config }: ImageToAdd,
  { signal, onBrought }: KeepDocumentsOptions = {},
): Promise<void> {
  for (const document of [config, manifest, index]) {
    const { descriptor } = document;
    if (await bringBlob(root, originOf(name, document), descriptor, { signal })) {
      onBrought?.(descriptor.digest);
    }
  }
}

/** Keeps one document. */
export async function keepBlob(root: string, document: SourceDocument): Promise<void> {
  const { descriptor } = document;
  await bringBlob(root, originOf(descriptor.digest, document), descriptor);
}

function originOf(name: string, { bytes }: SourceDocument): BlobOrigin {
  return {
    name,
    async *openBlob(_descriptor, { offset = 0 } = {}) {
      yield await Promise.resolve(bytes.subarray(offset));
    },
  };
}
