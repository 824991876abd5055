import { join } from "../../host/mod.ts";
import {
  type Descriptor,
  type ImageConfig,
  type Index,
  type Manifest,
  parseImageConfig,
  parseIndex,
  parseManifest,
  type Platform,
  readBlob,
} from "../../oci/mod.ts";

/** The entry of an index for one platform. */
export interface PlatformEntry extends Descriptor {
  /** What the manifest's image runs on. */
  readonly platform: Platform;
}

/** The documents of an image for one platform. */
export interface PlatformDocuments {
  /** The manifest; absent if its blob is missing or unreadable. */
  readonly manifest?: Manifest;
  /** The configuration; absent if its blob is missing or unreadable. */
  readonly config?: ImageConfig;
  /** Why a document is absent, in sentences without a full stop; empty if both are there. */
  readonly problems: readonly string[];
}

const INDEX_MEDIA_TYPES: readonly string[] = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
];

/** Reads an image's index. Throws the errors of `readBlob()` and `parseIndex()`. */
export async function readIndex(root: string, digest: string): Promise<Index> {
  return parseIndex(await readBlob(blobs(root), digest), `index ${digest}`);
}

/**
 * Whether `container` made up the index because the image has none of its own. It then shows the digest of the single
 * manifest as the image's.
 */
export function isIndirect(index: Index): boolean {
  const value = index.annotations?.["com.apple.containerization.index.indirect"] ?? "";
  return ["1", "true"].includes(value.toLowerCase());
}

/**
 * The images in an index, in its order, without attestations and without other indexes, which `container` ignores too.
 */
export function platformEntries(index: Index): PlatformEntry[] {
  return index.manifests.filter(isPlatformEntry);
}

/** Reads a platform's manifest and configuration. A missing one is only a problem: the snapshot is enough to boot. */
export async function readPlatformDocuments(
  root: string,
  digest: string,
): Promise<PlatformDocuments> {
  let manifest: Manifest | undefined;
  try {
    manifest = parseManifest(await readBlob(blobs(root), digest), `manifest ${digest}`);
    const config = manifest.config.digest;
    return {
      manifest,
      config: parseImageConfig(await readBlob(blobs(root), config), `config ${config}`),
      problems: [],
    };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const what = manifest === undefined
      ? `manifest ${digest}`
      : `configuration ${manifest.config.digest}`;
    const problem = error instanceof Deno.errors.NotFound
      ? `its ${what} is not in the store`
      : `its ${what} cannot be read (${error.message})`;
    return manifest === undefined ? { problems: [problem] } : { manifest, problems: [problem] };
  }
}

/** The platform in an image's configuration. */
export function platformOfConfig({ os, architecture, variant }: ImageConfig): Platform {
  return variant === undefined ? { os, architecture } : { os, architecture, variant };
}

function blobs(root: string): string {
  return join(root, "content", "blobs");
}

function isPlatformEntry(descriptor: Descriptor): descriptor is PlatformEntry {
  const { platform, annotations, mediaType } = descriptor;
  return platform !== undefined && platform.os !== "unknown" &&
    annotations?.["vnd.docker.reference.type"] !== "attestation-manifest" &&
    !INDEX_MEDIA_TYPES.includes(mediaType);
}
