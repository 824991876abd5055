import { SnapvmError } from "../../error/mod.ts";
import {
  type Descriptor,
  formatReference,
  MalformedJson,
  parseImageConfig,
  parseManifest,
  qualifyReference,
  readBlob,
} from "../../oci/mod.ts";
import { indirectIndex } from "../content/image_to_add.ts";
import { keepBlob } from "../content/keep_documents.ts";
import { readRoot } from "../content/open_stored_image.ts";
import { shareStore } from "../content/store_lease.ts";
import { blobsFolder } from "../content/store_paths.ts";
import { findByDigest, type FoundImage } from "../lookup/find_images.ts";
import { findReference, similarReferences } from "../lookup/find_reference.ts";
import { platformOfConfig } from "../lookup/image_documents.ts";
import type { Store } from "../open_stores.ts";
import { changeState, setReference } from "./change_state.ts";
import { readState, type State } from "./read_state.ts";

/** Removes the reference that a text means, and gives it. */
export async function removeReference(store: Store, image: string): Promise<string> {
  const state = await readState(store.root);
  const key = findReference(state, image) ?? referenceByDigest(state, image);
  const isGone = key === undefined || !await changeState(store.root, (raw) => raw.delete(key));
  if (key === undefined || isGone) throw notFound(store, state, image);
  return key;
}

/** Gives an image one more reference, and gives that in full. */
export async function addReference(
  store: Store,
  image: string,
  reference: string,
): Promise<string> {
  const full = formatReference(qualifyReference(reference));
  using _lease = await shareStore(store.root);
  const state = await readState(store.root);
  const key = findReference(state, image);
  const descriptor = key === undefined
    ? await describeByDigest(store, state, image)
    : state.get(key);
  if (descriptor === undefined || descriptor instanceof MalformedJson) {
    throw notFound(store, state, image);
  }
  await setReference(store.root, full, descriptor);
  return full;
}

/** The only reference that leads to the index whose digest begins with a text. */
function referenceByDigest(state: State, text: string): string | undefined {
  if (!/^(sha256:)?[0-9a-f]{4,64}$/i.test(text)) return undefined;
  const prefix = `sha256:${text.toLowerCase().replace(/^sha256:/, "")}`;
  const found = [...state].filter(([, descriptor]) =>
    !(descriptor instanceof MalformedJson) && descriptor.digest.startsWith(prefix)
  ).map(([key]) => key);
  if (found.length < 2) return found[0];
  throw new SnapvmError(
    "ambiguous-digest",
    `Cannot remove the image ${text}: it has several references: ${found.join(", ")}`,
    { data: { candidates: found } },
  );
}

/** The index of the image that a digest means. */
async function describeByDigest(
  store: Store,
  state: State,
  text: string,
): Promise<Descriptor | undefined> {
  const [found]: (FoundImage | undefined)[] = await findByDigest([{ store, state }], text);
  if (found?.by === "reference") {
    return found.descriptor instanceof MalformedJson ? undefined : found.descriptor;
  }
  const digest = found?.manifest ?? wholeDigest(text);
  if (digest === undefined) return undefined;
  try {
    return await describeRoot(store.root, digest);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function wholeDigest(text: string): string | undefined {
  return /^sha256:[0-9a-f]{64}$/.test(text) ? text : undefined;
}

/** Describes an index, or one that is made up for a manifest. */
async function describeRoot(root: string, digest: string): Promise<Descriptor> {
  const { descriptor, bytes } = await readRoot({ root }, digest);
  if (!/manifest\.v[12]\+json$/.test(descriptor.mediaType)) return descriptor;
  const { config } = parseManifest(bytes, `manifest ${digest}`);
  const content = await readBlob(blobsFolder(root), config.digest);
  const platform = platformOfConfig(parseImageConfig(content, `config ${config.digest}`));
  const index = await indirectIndex(descriptor, platform);
  await keepBlob(root, index);
  return index.descriptor;
}

function notFound(
  store: Store,
  state: State,
  image: string,
): SnapvmError<"image-not-found"> {
  return new SnapvmError(
    "image-not-found",
    `Cannot find the image ${JSON.stringify(image)}: it is not in ${store.root}`,
    { data: { image, reason: "absent", similar: similarReferences(state.keys(), image) } },
  );
}
