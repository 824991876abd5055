import { hasCode } from "../../error/mod.ts";
import { removeIfThere } from "../../host/mod.ts";
import { storeFailure } from "../content/store_failure.ts";
import { reserveStore } from "../content/store_lease.ts";
import { blobPath } from "../content/store_paths.ts";
import { findReachable } from "./reachable.ts";

/** The failures after which the same image cannot be brought again, or not before there is space. */
const FINAL = [
  "disk-full",
  "filesystem-full",
  "corrupt-blob",
  "corrupt-layer",
  "unsupported-layer",
] as const;

/**
 * Removes the blobs that an attempt has brought if it failed so that they are of no use, unless another process is
 * adding to the store: it may need them.
 *
 * @returns The error to throw.
 */
export async function cleanUp(
  root: string,
  error: unknown,
  brought: readonly string[],
): Promise<unknown> {
  const failure = storeFailure(root, error);
  if (hasCode(failure, ...FINAL) && brought.length > 0) {
    await removeUnreachable(root, brought).catch(() => {});
  }
  return failure;
}

async function removeUnreachable(root: string, digests: readonly string[]): Promise<void> {
  using _lease = await reserveStore(root, "remove anything from", { limit: 0 });
  const { blobs } = await findReachable(root);
  for (const digest of digests) {
    if (!blobs.has(digest)) await removeIfThere(blobPath(root, digest));
  }
}
