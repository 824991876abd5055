import { hasCode } from "../../error/mod.ts";
import { MalformedJson, parseIndex, parseManifest, readBlob } from "../../oci/mod.ts";
import { blobsFolder } from "../content/store_paths.ts";
import { readState } from "../state/read_state.ts";

/** An index that leads to an index and so on: more than any tool makes. */
const MAX_DEPTH = 8;

/** What references lead to. */
export interface Reachable {
  /** The digests of all blobs, whether they are there or not. */
  readonly blobs: ReadonlySet<string>;
  /** Those of manifests, which are the names of snapshots. */
  readonly manifests: ReadonlySet<string>;
}

/**
 * Follows the references of a store to their indexes, manifests, configurations and layers. Where a document is missing
 * or damaged the way ends.
 *
 * @throws {SnapvmError} `store-unreadable` if the references cannot be read: then nothing may be removed.
 */
export async function findReachable(root: string): Promise<Reachable> {
  const blobs = new Set<string>();
  const manifests = new Set<string>();
  const follow = async (digest: string, depth: number): Promise<void> => {
    if (blobs.has(digest) || depth > MAX_DEPTH) return;
    blobs.add(digest);
    const bytes = await readDocument(root, digest);
    if (bytes === undefined) return void manifests.add(digest);
    const index = tryParse(() => parseIndex(bytes));
    if (index !== undefined) {
      for (const child of index.manifests) await follow(child.digest, depth + 1);
      return;
    }
    manifests.add(digest);
    const manifest = tryParse(() => parseManifest(bytes));
    if (manifest === undefined) return;
    for (const child of [manifest.config, ...manifest.layers]) blobs.add(child.digest);
  };
  for (const descriptor of (await readState(root)).values()) {
    if (!(descriptor instanceof MalformedJson)) await follow(descriptor.digest, 0);
  }
  return { blobs, manifests };
}

/** Reads a document; `undefined` if it is missing or damaged. */
async function readDocument(
  root: string,
  digest: string,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return await readBlob(blobsFolder(root), digest);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    if (hasCode(error, "corrupt-blob", "invalid-digest")) return undefined;
    throw error;
  }
}

function tryParse<Document>(parse: () => Document): Document | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}
