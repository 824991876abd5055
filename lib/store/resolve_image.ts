import { resolve } from "node:path";
import { isFile } from "../host/mod.ts";
import { InvalidReference, parseReference, type Platform } from "../oci/mod.ts";
import { type Catalog, readCatalog } from "./catalog.ts";
import {
  BrokenSnapshot,
  ImageNotFound,
  PlatformNotFound,
  SnapshotNotFound,
  UnreadableImage,
} from "./errors.ts";
import { findByDigest, findByReference, type FoundImage } from "./find_images.ts";
import { similarReferences } from "./find_reference.ts";
import type { Store } from "./open_stores.ts";
import { resolveFoundImage } from "./resolve_found_image.ts";
import type { ResolvedImage } from "./resolved_image.ts";
import { readSnapshot } from "./snapshot.ts";

/** What {@linkcode resolveImage} chooses from. */
export interface ResolveOptions {
  /** The stores, in the order in which they are looked through. */
  readonly stores: readonly Store[];
  /** The platform that the user named. */
  readonly platform?: Platform;
  /** The platform that is taken where the user named none. */
  readonly host: Platform;
}

/**
 * Finds the snapshot that a user means.
 *
 * An image is a path (it starts with `/`, `./` or `../`), a reference, or a sha256 digest of an
 * index, a manifest or a snapshot, whole or its beginning. It is taken from the first store that
 * has a snapshot of it for the platform.
 *
 * @param image What the user wrote.
 * @param options The stores and platforms.
 * @returns The snapshot and the way to it.
 * @throws {Deno.errors.NotFound} Where a path leads nowhere.
 * @throws {Deno.errors.IsADirectory} Where a path leads to a folder.
 * @throws {ImageNotFound} Where no store knows the image.
 * @throws {AmbiguousDigest} Where several digests begin with it.
 * @throws {PlatformNotFound} Where the image is not made for the platform.
 * @throws {SnapshotNotFound} Where it was never unpacked.
 * @throws {BrokenSnapshot} Where unpacking it went wrong.
 * @throws {UnreadableImage} Where its index is missing or damaged.
 * @throws {UnreadableStore} Where a store that may have it cannot be read.
 */
export async function resolveImage(
  image: string,
  options: ResolveOptions,
): Promise<ResolvedImage> {
  if (/^\.{0,2}\//.test(image)) return await resolveFile(image);

  const catalogs = await Promise.all(options.stores.map(readCatalog));
  const byReference = findByReference(catalogs, image);
  const found = byReference.length > 0 ? byReference : await findByDigest(catalogs, image);
  let first: ResolvedImage | Error | undefined;
  for (const candidate of found) {
    const outcome = await tryToResolve(image, candidate, options);
    if (!(outcome instanceof Error) && outcome.platformChoice !== "only") {
      return withProblems(outcome, catalogs);
    }
    // A platform that nobody asked for gives way to the right one in another store.
    first ??= outcome;
  }
  if (first === undefined) throw await notFound(image, catalogs);
  if (first instanceof Error) throw first;
  return withProblems(first, catalogs);
}

/** Resolves an image in one store, or tells why another store may do better. */
async function tryToResolve(
  image: string,
  found: FoundImage,
  { platform, host }: ResolveOptions,
): Promise<ResolvedImage | Error> {
  try {
    return await resolveFoundImage(image, found, { named: platform, host });
  } catch (error) {
    if (
      error instanceof PlatformNotFound || error instanceof SnapshotNotFound ||
      error instanceof BrokenSnapshot || error instanceof UnreadableImage
    ) return error;
    throw error;
  }
}

/** Adds that a store could not be read: the image might have been in it. */
function withProblems(image: ResolvedImage, catalogs: readonly Catalog[]): ResolvedImage {
  const unreadable = catalogs.flatMap(({ error }) => error === undefined ? [] : [error.message]);
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

/**
 * The error for an image that no store has; one that could not be read may have it, and that is
 * said instead.
 */
async function notFound(image: string, catalogs: readonly Catalog[]): Promise<Error> {
  const broken = catalogs.find(({ error }) => error !== undefined)?.error;
  if (broken !== undefined) return broken;

  const shown = JSON.stringify(image);
  if (await isFile(image)) {
    return new ImageNotFound(
      shown,
      "no store has an image of this name",
      `There is a file of this name: write \`./${image}\`.`,
    );
  }
  try {
    parseReference(image);
  } catch (cause) {
    if (!(cause instanceof InvalidReference)) throw cause;
    return new ImageNotFound(
      shown,
      "it is neither a reference nor the beginning of a digest in a store",
      "An image is a reference such as `quay.io/example/os:1`, a digest, or a path: `./file`.",
      { cause },
    );
  }
  const keys = catalogs.flatMap(({ state }) => [...state.keys()]);
  const similar = similarReferences(keys, image).map((key) => `\`${key}\``);
  const stores = catalogs.map(({ store }) => store.root).join(", ");
  return new ImageNotFound(
    shown,
    stores === "" ? "there is no store" : `it is not in ${stores}`,
    similar.length > 0
      ? `Did you mean ${similar.join(" or ")}?`
      : "`snapvm images` lists what there is; `container image pull` brings more.",
  );
}
