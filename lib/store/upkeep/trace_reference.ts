import { hasCode } from "../../error/mod.ts";
import { parseImageConfig, parseManifest, readBlob } from "../../oci/mod.ts";
import { blobsFolder } from "../content/store_paths.ts";
import { platformEntries, readIndex } from "../lookup/image_documents.ts";

/** What is known of a store's blobs and snapshots. */
export interface Known {
  /** Whether a blob is there and is what its digest says. */
  readonly isWhole: (digest: string) => boolean;
  /** Whether the snapshot of a manifest is there and whole. */
  readonly isUnpacked: (manifest: string) => boolean;
}

/** What a reference leads to. */
export interface Traced {
  /** The digests of its documents, layers and snapshots, whether they are there or not. */
  readonly reachable: ReadonlySet<string>;
  /** The blobs that are missing or damaged. */
  readonly missing: readonly { readonly digest: string; readonly what: string }[];
  /** The documents that are not what they should be. */
  readonly malformed: readonly { readonly digest: string; readonly error: Error }[];
}

/** Follows a reference from its index on, and finds what its image lacks. */
export async function traceReference(
  root: string,
  index: string,
  { isWhole, isUnpacked }: Known,
): Promise<Traced> {
  const reachable = new Set([index]);
  const missing: { digest: string; what: string }[] = [];
  const malformed: { digest: string; error: Error }[] = [];
  const parse = async <Document>(digest: string, read: () => Promise<Document>) => {
    try {
      return await read();
    } catch (error) {
      // A whole blob can still be too large for a document.
      if (!hasCode(error, "malformed-json", "corrupt-blob")) throw error;
      malformed.push({ digest, error });
      return undefined;
    }
  };
  const traced: Traced = { reachable, missing, malformed };
  if (!isWhole(index)) {
    missing.push({ digest: index, what: "index" });
    return traced;
  }
  const content = await parse(index, () => readIndex(root, index));
  if (content === undefined) return traced;
  for (const { digest } of content.manifests) reachable.add(digest);
  const entries = platformEntries(content);
  // Only the platforms that were brought have to be there.
  const brought = entries.filter(({ digest }) => isWhole(digest));
  const [first] = entries;
  if (brought.length === 0 && first !== undefined) {
    missing.push({ digest: first.digest, what: "manifest" });
  }
  for (const { digest } of brought) {
    const manifest = await parse(
      digest,
      async () => parseManifest(await readBlob(blobsFolder(root), digest), `manifest ${digest}`),
    );
    if (manifest === undefined) continue;
    const { config, layers } = manifest;
    for (const { digest } of [config, ...layers]) reachable.add(digest);
    if (!isWhole(config.digest)) missing.push({ digest: config.digest, what: "configuration" });
    else {
      await parse(config.digest, async () =>
        parseImageConfig(
          await readBlob(blobsFolder(root), config.digest),
          `config ${config.digest}`,
        ));
    }
    // Those of an image that was unpacked out of another store are there.
    if (isUnpacked(digest)) continue;
    for (const layer of layers) {
      if (!isWhole(layer.digest)) missing.push({ digest: layer.digest, what: "layer" });
    }
  }
  return traced;
}
