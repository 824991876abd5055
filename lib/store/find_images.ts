import { type Descriptor, formatPlatform, MalformedJson } from "../oci/mod.ts";
import type { Catalog } from "./catalog.ts";
import { AmbiguousDigest } from "./errors.ts";
import { findReference } from "./find_reference.ts";
import { platformEntries, readIndex } from "./image_documents.ts";
import { listSnapshots } from "./list_snapshots.ts";
import type { Store } from "./open_stores.ts";

/** An image that a reference leads to. */
export interface ReferencedImage {
  /** How it was found. */
  readonly by: "reference";
  /** The store that it is in. */
  readonly store: Store;
  /** The full reference. */
  readonly reference: string;
  /** What the reference stands for. */
  readonly descriptor: Descriptor | MalformedJson;
  /** The digest of one platform's manifest, where the user named that. */
  readonly manifest?: string;
}

/** A snapshot that no reference leads to any more. */
export interface OrphanedSnapshot {
  /** How it was found. */
  readonly by: "snapshot";
  /** The store that it is in. */
  readonly store: Store;
  /** The digest of the manifest that it was made from. */
  readonly manifest: string;
}

/** What a reference or a digest means in one store. */
export type FoundImage = ReferencedImage | OrphanedSnapshot;

/** Fewer hexadecimal digits, without `sha256:` before them, are rather a name that is not there. */
const SHORTEST_PREFIX = 4;

/** The images that a reference means: at most one in each store, in the order of the stores. */
export function findByReference(catalogs: readonly Catalog[], text: string): FoundImage[] {
  return catalogs.flatMap(({ store, state }) => {
    const reference = findReference(state, text);
    const descriptor = reference === undefined ? undefined : state.get(reference);
    return reference === undefined || descriptor === undefined
      ? []
      : [{ by: "reference", store, reference, descriptor }];
  });
}

/**
 * The images that a digest, or the beginning of one, means: that of an index, a manifest or a
 * snapshot. At most one in each store, in the order of the stores.
 *
 * @throws {AmbiguousDigest} Where several digests begin with it.
 */
export async function findByDigest(
  catalogs: readonly Catalog[],
  text: string,
): Promise<FoundImage[]> {
  const [, algorithm, digits = ""] = /^(sha256:)?([0-9a-f]{1,64})$/i.exec(text) ?? [];
  if (digits === "" || (algorithm === undefined && digits.length < SHORTEST_PREFIX)) return [];
  const prefix = `sha256:${digits.toLowerCase()}`;

  const images = new Map<string, FoundImage[]>();
  const descriptions = new Map<string, string>();
  for (const catalog of catalogs) {
    for (const [digest, { what, image }] of await digestsOf(catalog)) {
      if (!digest.startsWith(prefix)) continue;
      images.set(digest, [...images.get(digest) ?? [], image]);
      if (!descriptions.has(digest)) descriptions.set(digest, what);
    }
  }
  if (images.size > 1) throw new AmbiguousDigest(text, descriptions);
  return [...images.values()].flat();
}

/** What a digest names. */
interface Named {
  /** What it is, for a person. */
  readonly what: string;
  readonly image: FoundImage;
}

/**
 * Every digest by which something of a store can be named; of several things with one digest, the
 * first.
 */
async function digestsOf({ store, state }: Catalog): Promise<Map<string, Named>> {
  const digests = new Map<string, Named>();
  const add = (digest: string, what: string, image: FoundImage) => {
    if (!digests.has(digest)) digests.set(digest, { what, image });
  };
  for (const [reference, descriptor] of state) {
    if (descriptor instanceof MalformedJson) continue;
    const image: ReferencedImage = { by: "reference", store, reference, descriptor };
    add(descriptor.digest, `index of ${reference}`, image);
    for (const { digest, platform } of await entriesOf(store, descriptor)) {
      const what = `manifest of ${reference} for ${formatPlatform(platform)}`;
      add(digest, what, { ...image, manifest: digest });
    }
  }
  for (const manifest of await listSnapshots(store.root)) {
    add(manifest, "snapshot without a reference", { by: "snapshot", store, manifest });
  }
  return digests;
}

async function entriesOf(store: Store, descriptor: Descriptor) {
  try {
    return platformEntries(await readIndex(store.root, descriptor.digest));
  } catch {
    // An index that cannot be read has no manifests to name; its own digest still names it.
    return [];
  }
}
