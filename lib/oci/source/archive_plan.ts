import { hasCode } from "../../error/mod.ts";
import { isFile } from "../../host/mod.ts";
import type { Descriptor } from "../documents/descriptor.ts";
import { parseImageConfig } from "../documents/image_config.ts";
import { parseIndex } from "../documents/image_index.ts";
import { parseManifest } from "../documents/manifest.ts";
import { formatPlatform, type Platform, platformsEqual } from "../names/platform.ts";
import { sha256Digest } from "../blob/digest.ts";
import { imageNotInSource } from "./image_choice.ts";
import type { ImageSource, SourceDocument } from "./image_source.ts";
import { isIndex, MEDIA_TYPES } from "./media_types.ts";
import { blobNotFound, sourceUnreadable } from "./source_errors.ts";

/** An index that leads to an index and so on: more than any tool makes. */
const MAX_DEPTH = 8;

/** More documents than any image has: indexes that name each other again and again have no end otherwise. */
const MAX_DOCUMENTS = 10_000;

/** What an archive of an image consists of. */
export interface ArchivePlan {
  /** The image: an index, or the only manifest. */
  readonly root: Descriptor;
  /** The documents, each before those that it names. */
  readonly documents: readonly SourceDocument[];
  /** The layers, each once. */
  readonly layers: readonly Descriptor[];
}

/**
 * Finds out what of an image a source has. Stores keep an image's whole index, but only the platforms that were pulled.
 *
 * @param source Where the image is.
 * @param platform The only platform that is wanted (default: all that are there).
 * @param signal Ends it when it aborts.
 * @returns What is there. If something is missing, the root is an index of the rest, or its only manifest.
 * @throws {SnapvmError} `blob-not-found` if nothing is there whole; `image-not-in-source` if it is not made for the
 * platform.
 */
export async function planArchive(
  source: ImageSource,
  platform?: Platform,
  signal?: AbortSignal,
): Promise<ArchivePlan> {
  const root = await source.root(signal);
  const { descriptor, bytes } = root;
  if (!isIndex(descriptor.mediaType)) {
    const parts = await new Reading(source, signal).partsOfManifest(root);
    requirePlatform(source, parts, platform);
    return { root: descriptor, documents: parts.documents, layers: unique(parts.layers) };
  }
  const { manifests } = parseIndex(bytes, `index ${descriptor.digest}`);
  const wanted = manifests.filter((manifest) =>
    platform === undefined ||
    (manifest.platform !== undefined && platformsEqual(manifest.platform, platform))
  );
  if (platform !== undefined && wanted.length === 0) {
    throw noPlatform(source, platform, manifests.flatMap((manifest) => manifest.platform ?? []));
  }
  const reading = new Reading(source, signal);
  const present = new Map<Descriptor, Parts>();
  let missing: unknown;
  for (const manifest of wanted) {
    try {
      present.set(manifest, await reading.partsOf(manifest, 1));
    } catch (error) {
      if (!hasCode(error, "blob-not-found")) throw error;
      missing ??= error;
    }
  }
  const parts = [...present.values()];
  const layers = unique(parts.flatMap((part) => part.layers));
  const below = parts.flatMap((part) => part.documents);
  if (present.size === manifests.length) {
    return { root: descriptor, documents: [root, ...below], layers };
  }
  const [only] = present.keys();
  if (only === undefined) throw missing;
  if (present.size === 1 || platform !== undefined) {
    return { root: only, documents: parts[0]!.documents, layers: unique(parts[0]!.layers) };
  }
  const rest = await indexOf(root, manifests.map((manifest) => present.has(manifest)));
  return { root: rest.descriptor, documents: [rest, ...below], layers };
}

interface Parts {
  readonly documents: readonly SourceDocument[];
  readonly layers: readonly Descriptor[];
}

/** Reads the documents of an image. */
class Reading {
  readonly #source: ImageSource;
  readonly #signal: AbortSignal | undefined;
  #documents = 0;

  constructor(source: ImageSource, signal: AbortSignal | undefined) {
    this.#source = source;
    this.#signal = signal;
  }

  /** Reads the documents of a manifest, or of an index in an index, which is there as a whole or not at all. */
  async partsOf(descriptor: Descriptor, depth: number): Promise<Parts> {
    const document = await this.#read(descriptor);
    if (!isIndex(descriptor.mediaType)) return await this.partsOfManifest(document);
    // Deeper is as good as not there.
    if (depth === MAX_DEPTH) throw blobNotFound(this.#source.name, descriptor.digest);
    const documents = [document];
    const layers: Descriptor[] = [];
    for (const child of parseIndex(document.bytes, `index ${descriptor.digest}`).manifests) {
      const parts = await this.partsOf(child, depth + 1);
      documents.push(...parts.documents);
      layers.push(...parts.layers);
    }
    return { documents, layers };
  }

  async partsOfManifest(document: SourceDocument): Promise<Parts> {
    const name = `manifest ${document.descriptor.digest}`;
    const { config, layers } = parseManifest(document.bytes, name);
    const documents = [document, await this.#read(config)];
    for (const layer of layers) {
      if (await hasBlob(this.#source, layer, this.#signal)) continue;
      throw blobNotFound(this.#source.name, layer.digest);
    }
    return { documents, layers };
  }

  async #read(descriptor: Descriptor): Promise<SourceDocument> {
    if (++this.#documents > MAX_DOCUMENTS) {
      throw sourceUnreadable(this.#source.name, `it has more than ${MAX_DOCUMENTS} documents`);
    }
    return await this.#source.document(descriptor, this.#signal);
  }
}

async function hasBlob(
  source: ImageSource,
  descriptor: Descriptor,
  signal?: AbortSignal,
): Promise<boolean> {
  if (source.blobPath !== undefined) {
    const path = source.blobPath(descriptor);
    return path !== undefined && await isFile(path);
  }
  const chunks = source.openBlob(descriptor, { signal })[Symbol.asyncIterator]();
  try {
    await chunks.next();
    return true;
  } catch (error) {
    if (hasCode(error, "blob-not-found")) return false;
    throw error;
  } finally {
    await chunks.return?.();
  }
}

function requirePlatform(
  source: ImageSource,
  { documents }: Parts,
  platform: Platform | undefined,
): void {
  const config = documents[1];
  if (platform === undefined || config === undefined) return;
  const actual = parseImageConfig(config.bytes, `config ${config.descriptor.digest}`);
  if (!platformsEqual(actual, platform)) throw noPlatform(source, platform, [actual]);
}

function noPlatform(
  source: ImageSource,
  platform: Platform,
  platforms: readonly Platform[],
): Error {
  return imageNotInSource(source.name, formatPlatform(platform), platforms.map(formatPlatform));
}

/** An index with some of the descriptors of another, each as it is there. */
async function indexOf(
  { bytes }: SourceDocument,
  kept: readonly boolean[],
): Promise<SourceDocument> {
  const json: { manifests: unknown[] } = JSON.parse(new TextDecoder().decode(bytes));
  const rest = { ...json, manifests: json.manifests.filter((_, index) => kept[index]) };
  const text = new TextEncoder().encode(JSON.stringify(rest));
  return {
    bytes: text,
    descriptor: {
      mediaType: MEDIA_TYPES.index,
      digest: await sha256Digest(text),
      size: text.length,
    },
  };
}

function unique(layers: readonly Descriptor[]): Descriptor[] {
  return [...new Map(layers.map((layer) => [layer.digest, layer])).values()];
}
