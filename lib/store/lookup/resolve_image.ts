import { type ErrorData, hasCode, SnapvmError } from "../../error/mod.ts";
import { isFile, resolve } from "../../host/mod.ts";
import { parseReference, type Platform } from "../../oci/mod.ts";
import { findByDigest, findByReference, type FoundImage } from "./find_images.ts";
import { similarReferences } from "./find_reference.ts";
import type { Store } from "../open_stores.ts";
import { readReferences, type StoreReferences } from "../state/read_references.ts";
import { resolveFoundImage } from "./resolve_found_image.ts";
import type { ResolvedImage } from "./resolved_image.ts";
import { readSnapshot } from "../snapshot/snapshot.ts";

/** The stores and platforms that {@linkcode resolveImage} chooses from. */
export interface ResolveOptions {
  /** The stores, in the order in which they are searched. */
  readonly stores: readonly Store[];
  /** The platform that the user named. */
  readonly platform?: Platform;
  /** The platform to prefer if the user named none: the host's. */
  readonly host: Platform;
}

/** The failures in one store after which another one is tried. */
const TRY_ELSEWHERE = [
  "platform-not-found",
  "snapshot-not-found",
  "snapshot-broken",
  "image-unreadable",
] as const;

/**
 * Finds the snapshot of an image.
 *
 * An image is a path (it starts with `/`, `./` or `../`), a reference, or the beginning of a sha256 digest of an index,
 * a manifest or a snapshot. It comes from the first store that has a snapshot of it for the platform.
 *
 * @param image The image as the user wrote it.
 * @param options The stores and platforms.
 * @returns The snapshot and the chain that leads to it.
 * @throws {Deno.errors.NotFound} If a path leads nowhere.
 * @throws {Deno.errors.IsADirectory} If a path leads to a folder.
 * @throws {SnapvmError} `image-not-found` if no store has the image; `ambiguous-digest` if several digests begin with
 * it; `platform-not-found` if it is not made for the platform; `snapshot-not-found` if it was never unpacked;
 * `snapshot-broken` if unpacking it went wrong; `image-unreadable` if its index is missing or damaged;
 * `store-unreadable` if a store that may have it cannot be read.
 *
 * @example Usage
 * ```ts
 * import { hostPlatform, resolveImage, type Store } from "@x/snapvm";
 * import assert from "node:assert/strict";
 *
 * // A store with a single snapshot; `openStores()` finds the real ones.
 * const store: Store = { root: await Deno.makeTempDir(), kind: "snapvm" };
 * const folder = `${store.root}/snapshots/${"0".repeat(64)}`;
 * await Deno.mkdir(folder, { recursive: true });
 * await Deno.copyFile("tests/fixtures/tiny.ext4", `${folder}/snapshot`);
 *
 * const options = { stores: [store], host: hostPlatform() };
 * const { snapshot } = await resolveImage("sha256:0000", options);
 * assert.equal(snapshot.path, `${folder}/snapshot`);
 * await Deno.remove(store.root, { recursive: true });
 * ```
 */
export async function resolveImage(
  image: string,
  options: ResolveOptions,
): Promise<ResolvedImage> {
  if (isFilePath(image)) return await resolveFile(image);

  const stores = await Promise.all(options.stores.map(readReferences));
  const byReference = findByReference(stores, image);
  const found = byReference.length > 0 ? byReference : await findByDigest(stores, image);
  let first: ResolvedImage | Error | undefined;
  for (const candidate of found) {
    const outcome = await tryToResolve(image, candidate, options);
    if (!(outcome instanceof Error) && outcome.platformChoice !== "only") {
      return withProblems(outcome, stores);
    }
    // Another store may have the right platform instead of the only one that there is here.
    first ??= outcome;
  }
  if (first === undefined) throw await notFound(image, stores);
  if (first instanceof Error) throw first;
  return withProblems(first, stores);
}

/** Whether the name of an image is a path. */
export function isFilePath(image: string): boolean {
  return /^\.{0,2}\//.test(image);
}

/** Resolves an image in one store. Returns the error if another store may have more of the image. */
async function tryToResolve(
  image: string,
  found: FoundImage,
  { platform, host }: ResolveOptions,
): Promise<ResolvedImage | Error> {
  try {
    return await resolveFoundImage(image, found, { named: platform, host });
  } catch (error) {
    if (hasCode(error, ...TRY_ELSEWHERE)) return error;
    throw error;
  }
}

/** Adds that a store could not be read: the image might have been in it. */
function withProblems(image: ResolvedImage, stores: readonly StoreReferences[]): ResolvedImage {
  const unreadable = stores.flatMap(({ error }) => error === undefined ? [] : [error.message]);
  return { ...image, problems: [...image.problems, ...unreadable] };
}

async function resolveFile(path: string): Promise<ResolvedImage> {
  try {
    return { name: path, snapshot: await readSnapshot(resolve(path)), problems: [] };
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new Deno.errors.NotFound(`Cannot find the image ${path}: there is no such file`, {
      cause,
    });
  }
}

/** The error for an image that no store has. An unreadable store may have it, so its error comes first. */
async function notFound(image: string, stores: readonly StoreReferences[]): Promise<Error> {
  const unreadable = stores.find(({ error }) => error !== undefined)?.error;
  if (unreadable !== undefined) return unreadable;

  if (await isFile(image)) {
    return imageNotFound("no store has an image of this name", {
      image,
      reason: "file",
      similar: [],
    });
  }
  try {
    parseReference(image);
  } catch (cause) {
    if (!hasCode(cause, "invalid-reference")) throw cause;
    const message = "it is neither a reference nor the beginning of a digest in a store";
    return imageNotFound(message, { image, reason: "malformed", similar: [] }, { cause });
  }
  const keys = stores.flatMap(({ state }) => [...state.keys()]);
  const roots = stores.map(({ store }) => store.root).join(", ");
  return imageNotFound(roots === "" ? "there is no store" : `it is not in ${roots}`, {
    image,
    reason: "absent",
    similar: similarReferences(keys, image),
  });
}

function imageNotFound(
  reason: string,
  data: ErrorData["image-not-found"],
  options?: ErrorOptions,
): SnapvmError<"image-not-found"> {
  return new SnapvmError(
    "image-not-found",
    `Cannot find the image ${JSON.stringify(data.image)}: ${reason}`,
    { ...options, data },
  );
}
