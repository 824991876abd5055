import { hasCode, type PlatformImage, SnapvmError } from "../../error/mod.ts";
import { findProgram } from "../../host/mod.ts";
import { hostPlatform, parsePlatform, parseTransport, type Platform } from "../../oci/mod.ts";
import type { ResolvedImage } from "../lookup/resolved_image.ts";
import { resolveImage } from "../lookup/resolve_image.ts";
import type { Store } from "../open_stores.ts";
import { addImage } from "../own/add_image.ts";
import type { AddedImage } from "../own/added_image.ts";
import { openOwnStore, type OwnStore } from "../own/own_store.ts";
import { unpackImage } from "../own/unpack_image.ts";
import type { AcquireOptions } from "./acquire_options.ts";
import type { Acquirable } from "./is_acquirable.ts";
import { openSource } from "./open_source.ts";

/** What {@linkcode acquireImage} goes by. */
export interface Wanted extends AcquireOptions {
  /** The platform that the user named. */
  readonly platform?: Platform | undefined;
  /** The stores that have been searched. */
  readonly stores: readonly Store[];
  /** Why the image cannot be used as it is; absent if nobody has looked, since it is to be brought anyway. */
  readonly failure?: Acquirable | undefined;
}

/**
 * Brings an image into snapvm's own store, or unpacks it there, as far as the policy says so.
 *
 * @param name The image as the user wrote it.
 * @param wanted What is known of it, and how it may be brought.
 * @returns The image in snapvm's own store.
 * @throws {SnapvmError} The failure, if nothing may or can be done about it; and what a registry, a transport and
 * unpacking fail with.
 */
export async function acquireImage(name: string, wanted: Wanted): Promise<ResolvedImage> {
  const way = await chooseWay(name, wanted);
  await wanted.onAcquire?.();
  const own = await openOwnStore();
  const added = await way(own);
  return await resolveImage(added.manifest, {
    stores: [own],
    platform: added.platform,
    host: hostPlatform(),
  });
}

/** Brings or unpacks an image. */
type Way = (own: OwnStore) => Promise<AddedImage>;

async function chooseWay(name: string, wanted: Wanted): Promise<Way> {
  const { failure, stores, platform, signal, onProgress, pull } = wanted;
  const options = { platform, signal, onProgress };
  if (wanted.unpack && failure === undefined && pull !== "always" && !isTransport(name)) {
    return (own) => unpackImage(own, name, { ...options, stores });
  }
  const fromSource = (name: string, wantedPlatform = platform): Way => async (own) => {
    await using source = await openSource(name, wanted);
    // The name that an image has in a file may be another one's here.
    const isRegistrys = (parseTransport(name)?.kind ?? "docker") === "docker";
    const reference = isRegistrys ? source.reference : undefined;
    return await addImage(own, source, { ...options, reference, platform: wantedPlatform });
  };
  if (failure === undefined) return fromSource(name);
  if (!canUnpack(failure, wanted)) {
    if (pull === "never") throw failure;
    if (pull === "usual" && (isApples(failure) || await hasContainer())) throw failure;
  }
  if (hasCode(failure, "image-not-found")) {
    if (failure.data.reason !== "absent" || /^sha256:/i.test(name)) throw failure;
    const bring = fromSource(name);
    return (own) =>
      bring(own).catch((cause) => {
        // What the user meant may well be among those that are there.
        if (failure.data.similar.length === 0 || !(cause instanceof SnapvmError)) throw cause;
        throw new SnapvmError(failure.code, failure.message, { data: failure.data, cause });
      });
  }
  const image = imageOf(failure);
  if (image === undefined) throw failure;
  const imagePlatform = parsePlatform(image.platform);
  const isThere = hasCode(failure, "snapshot-broken") ||
    hasCode(failure, "snapshot-not-found") && failure.data.pulled;
  if (!isThere) return fromSource(image.reference, imagePlatform);
  return (own) =>
    unpackImage(own, image.reference, {
      ...options,
      stores,
      platform: imagePlatform,
      force: hasCode(failure, "snapshot-broken"),
    });
}

/** Whether the image itself is there, and its own snapshot was asked for. */
function canUnpack(failure: Acquirable, { unpack = false }: Wanted): boolean {
  return unpack &&
    (hasCode(failure, "snapshot-broken") ||
      hasCode(failure, "snapshot-not-found") && failure.data.pulled);
}

/** Whether a name says itself where the image is. */
function isTransport(name: string): boolean {
  return parseTransport(name) !== undefined;
}

function isApples(failure: Acquirable): boolean {
  return imageOf(failure)?.store === "apple";
}

/** The image that is in a store, but not whole. */
function imageOf(failure: Acquirable): PlatformImage | undefined {
  return hasCode(failure, "snapshot-not-found", "snapshot-broken", "image-unreadable")
    ? failure.data.image
    : undefined;
}

/** Whether Apple's `container` is installed: then it is what brings images. */
async function hasContainer(): Promise<boolean> {
  return await findProgram("container") !== undefined;
}
