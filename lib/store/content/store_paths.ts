import { SnapvmError } from "../../error/mod.ts";
import { join } from "../../host/mod.ts";
import { parseDigest } from "../../oci/mod.ts";

/** The folder of a store's blobs. */
export function blobsFolder(root: string): string {
  return join(root, "content", "blobs");
}

/** The folder in which blobs arrive. */
export function ingestFolder(root: string): string {
  return join(root, "content", "ingest");
}

/** The folder in which snapshots are made. */
export function unpackingFolder(root: string): string {
  return join(root, "snapshots", "ingest");
}

/**
 * The path of a blob.
 *
 * @throws {SnapvmError} `invalid-digest` if it is not a sha256 digest: stores have no others.
 */
export function blobPath(root: string, digest: string): string {
  return join(blobsFolder(root), "sha256", hexOf(digest));
}

/** The path of a blob while it arrives. */
export function ingestPath(root: string, digest: string): string {
  return join(ingestFolder(root), hexOf(digest));
}

/** The folder of the snapshot of a manifest. */
export function snapshotFolder(root: string, manifest: string): string {
  return join(root, "snapshots", hexOf(manifest));
}

/** The digits of a sha256 digest. */
export function hexOf(digest: string): string {
  const { algorithm, encoded } = parseDigest(digest);
  if (algorithm === "sha256") return encoded;
  throw new SnapvmError(
    "invalid-digest",
    `Cannot keep the blob ${digest}: a store keeps blobs by their sha256 digests`,
    { data: { text: digest } },
  );
}
