import { SnapvmError } from "../../error/mod.ts";
import { type Descriptor, formatPlatform, MalformedJson } from "../../oci/mod.ts";
import { findReference } from "./find_reference.ts";
import { platformEntries, readIndex } from "./image_documents.ts";
import { listSnapshots } from "../snapshot/list_snapshots.ts";
import type { Store } from "../open_stores.ts";
import type { StoreReferences } from "../state/read_references.ts";
import { shortenList } from "./shorten_list.ts";

/** An image that a reference leads to. */
export interface ReferencedImage {
  /** How it was found. */
  readonly by: "reference";
  /** The store that it is in. */
  readonly store: Store;
  /** The full reference. */
  readonly reference: string;
  /** The descriptor of its index, or why that cannot be read. */
  readonly descriptor: Descriptor | MalformedJson;
  /** The digest of one platform's manifest; absent if the user did not name one. */
  readonly manifest?: string;
}

/** A snapshot that no reference leads to anymore. */
export interface OrphanedSnapshot {
  /** How it was found. */
  readonly by: "snapshot";
  /** The store that it is in. */
  readonly store: Store;
  /** The digest of the manifest that it was made for. */
  readonly manifest: string;
}

/** What a reference or a digest means in one store. */
export type FoundImage = ReferencedImage | OrphanedSnapshot;

/** Fewer hexadecimal digits without `sha256:` before them are more likely a name that is not there. */
const MIN_PREFIX_LENGTH = 4;

/** Finds the images that a reference means: at most one in each store, in the order of the stores. */
export function findByReference(
  stores: readonly StoreReferences[],
  text: string,
): FoundImage[] {
  return stores.flatMap(({ store, state }) => {
    const reference = findReference(state, text);
    const descriptor = reference === undefined ? undefined : state.get(reference);
    return reference === undefined || descriptor === undefined
      ? []
      : [{ by: "reference", store, reference, descriptor }];
  });
}

/**
 * Finds the images that a digest, or the beginning of one, means: the digest of an index, a manifest or a snapshot. At
 * most one in each store, in the order of the stores.
 *
 * @throws {SnapvmError} `ambiguous-digest` if several digests begin with it.
 */
export async function findByDigest(
  stores: readonly StoreReferences[],
  text: string,
): Promise<FoundImage[]> {
  const [, algorithm, digits = ""] = /^(sha256:)?([0-9a-f]{1,64})$/i.exec(text) ?? [];
  if (digits === "" || (algorithm === undefined && digits.length < MIN_PREFIX_LENGTH)) return [];
  const prefix = `sha256:${digits.toLowerCase()}`;

  const images = new Map<string, FoundImage[]>();
  const descriptions = new Map<string, string>();
  for (const store of stores) {
    for (const [digest, { what, image }] of await digestsOf(store)) {
      if (!digest.startsWith(prefix)) continue;
      images.set(digest, [...images.get(digest) ?? [], image]);
      if (!descriptions.has(digest)) descriptions.set(digest, what);
    }
  }
  if (images.size > 1) throw ambiguousDigest(text, descriptions);
  return [...images.values()].flat();
}

/** The error for a text with which several digests begin; `candidates` says what each one names. */
function ambiguousDigest(
  text: string,
  candidates: ReadonlyMap<string, string>,
): SnapvmError<"ambiguous-digest"> {
  const lines = Array.from(candidates, ([digest, what]) => `\n  ${digest} (${what})`);
  return new SnapvmError(
    "ambiguous-digest",
    `Cannot find the image ${text}: several digests begin with it:${shortenList(lines, "")}`,
    { data: { candidates: [...candidates.keys()] } },
  );
}

/** What a digest names. */
interface Named {
  /** A description for people. */
  readonly what: string;
  readonly image: FoundImage;
}

/** Every digest that names something in a store. If it names several things, the first counts. */
async function digestsOf({ store, state }: StoreReferences): Promise<Map<string, Named>> {
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
    // The manifests of an unreadable index cannot be named, but the index itself still can.
    return [];
  }
}
