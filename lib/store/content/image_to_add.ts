import { SnapvmError } from "../../error/mod.ts";
import {
  type Descriptor,
  formatPlatform,
  hostPlatform,
  type ImageConfig,
  type ImageSource,
  parseImageConfig,
  parseIndex,
  parseManifest,
  type Platform,
  platformsEqual,
  sha256Digest,
  type SourceDocument,
} from "../../oci/mod.ts";
import {
  platformEntries,
  type PlatformEntry,
  platformOfConfig,
} from "../lookup/image_documents.ts";
import { platformNotFound } from "../lookup/platform_not_found.ts";

/** An image of a source, for one platform, in the documents that a store keeps. */
export interface ImageToAdd {
  /** The index that a reference points at. */
  readonly index: SourceDocument;
  /** The manifest of the platform. */
  readonly manifest: SourceDocument;
  /** Its configuration. */
  readonly config: SourceDocument;
  /** What it runs on. */
  readonly platform: Platform;
  /** Its layers, lowest first. */
  readonly layers: readonly Descriptor[];
  /** The digests of their archives. */
  readonly diffIds: readonly string[];
}

const INDEX = "application/vnd.oci.image.index.v1+json";
const INDEX_TYPES: readonly string[] = [
  INDEX,
  "application/vnd.docker.distribution.manifest.list.v2+json",
];
const MANIFEST_TYPES: readonly string[] = [
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
];
const CONFIG_TYPES: readonly string[] = [
  "application/vnd.oci.image.config.v1+json",
  "application/vnd.docker.container.image.v1+json",
];
/** How `container` marks an index that it has made up. */
const INDIRECT = { "com.apple.containerization.index.indirect": "true" } as const;

/**
 * Reads the documents of a source's image for one platform: the one that is named; the host's; or the only one.
 *
 * @throws {SnapvmError} `not-an-image` if the source has something else; `platform-not-found` if the image is not made
 * for the platform; `malformed-json` if a document is not what it should be; what the source throws.
 */
export async function readImageToAdd(
  source: ImageSource,
  named: Platform | undefined,
  signal: AbortSignal | undefined,
): Promise<ImageToAdd> {
  const root = await source.root(signal);
  const { mediaType } = root.descriptor;
  if (MANIFEST_TYPES.includes(mediaType)) return await wrapManifest(source, root, named, signal);
  if (!INDEX_TYPES.includes(mediaType)) {
    throw notAnImage(source, mediaType, `it is of the type ${JSON.stringify(mediaType)}`);
  }
  const content = parseIndex(root.bytes, `index of ${source.name}`);
  const entries = platformEntries(content);
  const [only] = content.manifests;
  if (entries.length === 0 && only !== undefined && content.manifests.length === 1) {
    // The only image needs no platform to be found by.
    const manifest = await source.document(only, signal);
    return await wrapManifest(source, manifest, named, signal);
  }
  const entry = chooseEntry(source, entries, named);
  const manifest = await source.document(entry, signal);
  const { config, content: { layers }, diffIds } = await readManifest(source, manifest, signal);
  return { index: root, manifest, config, platform: entry.platform, layers, diffIds };
}

function chooseEntry(
  source: ImageSource,
  entries: readonly PlatformEntry[],
  named: Platform | undefined,
): PlatformEntry {
  const wanted = named ?? hostPlatform();
  const found = entries.find(({ platform }) => platformsEqual(platform, wanted));
  if (found !== undefined) return found;
  const [only] = entries;
  if (named === undefined && only !== undefined && entries.length === 1) return only;
  throw platformNotFound(source.name, wanted, entries.map(({ platform }) => platform), {
    named: "image",
    unpacked: [],
  });
}

/** Makes an index for a single manifest, the same one that `container` makes. */
async function wrapManifest(
  source: ImageSource,
  manifest: SourceDocument,
  named: Platform | undefined,
  signal: AbortSignal | undefined,
): Promise<ImageToAdd> {
  const read = await readManifest(source, manifest, signal);
  const platform = platformOfConfig(read.image);
  if (named !== undefined && !platformsEqual(platform, named)) {
    throw platformNotFound(source.name, named, [platform], { named: "image", unpacked: [] });
  }
  return {
    index: await indirectIndex(manifest.descriptor, platform),
    manifest,
    config: read.config,
    platform,
    layers: read.content.layers,
    diffIds: read.diffIds,
  };
}

/** The index that `container` makes up for an image that has none. */
export async function indirectIndex(
  { mediaType, digest, size }: Descriptor,
  platform: Platform,
): Promise<SourceDocument> {
  const bytes = new TextEncoder().encode(JSON.stringify({
    schemaVersion: 2,
    mediaType: INDEX,
    manifests: [{ mediaType, digest, size, platform }],
    annotations: INDIRECT,
  }));
  return {
    descriptor: { mediaType: INDEX, digest: await sha256Digest(bytes), size: bytes.length },
    bytes,
  };
}

async function readManifest(
  source: ImageSource,
  manifest: SourceDocument,
  signal: AbortSignal | undefined,
) {
  const { digest, mediaType } = manifest.descriptor;
  if (!MANIFEST_TYPES.includes(mediaType)) {
    throw notAnImage(source, mediaType, `its manifest is of the type ${JSON.stringify(mediaType)}`);
  }
  const content = parseManifest(manifest.bytes, `manifest ${digest}`);
  const configType = content.config.mediaType;
  if (!CONFIG_TYPES.includes(configType)) {
    throw notAnImage(
      source,
      configType,
      `its configuration is of the type ${JSON.stringify(configType)}`,
    );
  }
  const config = await source.document(content.config, signal);
  const image: ImageConfig = parseImageConfig(config.bytes, `config ${content.config.digest}`);
  const diffIds = image.rootfs.diff_ids;
  if (diffIds.length !== content.layers.length) {
    throw notAnImage(
      source,
      configType,
      `its manifest lists ${content.layers.length} layers, and its configuration ${diffIds.length}`,
    );
  }
  if (image.os !== "linux") {
    throw notAnImage(source, configType, `it is for ${formatPlatform(image)}, and not for Linux`);
  }
  return { content, config, image, diffIds };
}

function notAnImage(
  source: ImageSource,
  mediaType: string,
  reason: string,
): SnapvmError<"not-an-image"> {
  return new SnapvmError("not-an-image", `Cannot use ${source.name} as an image: ${reason}`, {
    data: { source: source.name, mediaType },
  });
}
