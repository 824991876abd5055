import { type PlatformImage, SnapvmError } from "../../error/mod.ts";
import {
  formatPlatform,
  type Index,
  MalformedJson,
  type Platform,
  platformsEqual,
} from "../../oci/mod.ts";
import { checkSnapshot } from "../snapshot/check_snapshot.ts";
import { choosePlatform } from "./choose_platform.ts";
import type { FoundImage, OrphanedSnapshot, ReferencedImage } from "./find_images.ts";
import {
  isIndirect,
  platformEntries,
  type PlatformEntry,
  platformOfConfig,
  readIndex,
  readPlatformDocuments,
} from "./image_documents.ts";
import { listSnapshots } from "../snapshot/list_snapshots.ts";
import type { Store } from "../open_stores.ts";
import { platformImage } from "./platform_image.ts";
import { platformNotFound } from "./platform_not_found.ts";
import type { PlatformChoice, ResolvedImage } from "./resolved_image.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";

/** The platforms that {@linkcode resolveFoundImage} chooses from. */
export interface WantedPlatform {
  /** The platform that the user named. */
  readonly named: Platform | undefined;
  /** The host's platform. */
  readonly host: Platform;
}

/** Resolves an image that was found in a store to the snapshot of one of its platforms. */
export function resolveFoundImage(
  name: string,
  found: FoundImage,
  wanted: WantedPlatform,
): Promise<ResolvedImage> {
  return found.by === "reference"
    ? resolveReference(name, found, wanted)
    : resolveOrphan(name, found, wanted);
}

async function resolveReference(
  name: string,
  found: ReferencedImage,
  wanted: WantedPlatform,
): Promise<ResolvedImage> {
  const { store, reference } = found;
  const { digest, content } = await readImageIndex(found, wanted.named ?? wanted.host);
  const entries = platformEntries(content);
  const unpacked = () => unpackedEntries(store, entries);
  const { entry, choice } = found.manifest === undefined
    ? await choosePlatform({ ...wanted, reference, store, entries, unpacked })
    : namedEntry(entries, found.manifest, name, wanted);

  const { platform } = entry;
  const image = platformImage(store, reference, platform);
  const reading = readPlatformDocuments(store.root, entry.digest);
  // A snapshot that cannot be used waits for the documents too: nothing goes on after the failure.
  const snapshot = await findSnapshot(store, entry.digest, image).finally(() => reading);
  const { manifest, config, problems } = await reading;
  if (snapshot === undefined) {
    const pulled = manifest !== undefined;
    const reason = pulled ? "it was pulled, but never unpacked" : "it was never pulled";
    const others = (await unpacked()).map((other) => formatPlatform(other.platform));
    throw new SnapvmError(
      "snapshot-not-found",
      `Cannot find a snapshot of ${reference} for ${image.platform}: ${reason}`,
      { data: { image, pulled, unpacked: others } },
    );
  }
  return {
    name,
    snapshot,
    store,
    reference,
    index: { digest, indirect: isIndirect(content), content },
    manifest: { digest: entry.digest, ...(manifest === undefined ? {} : { content: manifest }) },
    ...(config === undefined ? {} : { config }),
    platform,
    platformChoice: choice,
    problems,
  };
}

/** Resolves a snapshot without a reference. Its manifest and configuration may still be there. */
async function resolveOrphan(
  name: string,
  { store, manifest: digest }: OrphanedSnapshot,
  { named }: WantedPlatform,
): Promise<ResolvedImage> {
  const { manifest, config, problems } = await readPlatformDocuments(store.root, digest);
  if (named !== undefined && config !== undefined && !platformsEqual(config, named)) {
    throw platformNotFound(name, named, [config], { named: "digest", unpacked: [] });
  }
  const snapshot = await findSnapshot(store, digest);
  if (snapshot === undefined) {
    throw new SnapvmError(
      "snapshot-not-found",
      `Cannot find a snapshot of ${name}: it has just been deleted`,
      { data: { pulled: manifest !== undefined, unpacked: [] } },
    );
  }
  return {
    name,
    snapshot,
    store,
    manifest: { digest, ...(manifest === undefined ? {} : { content: manifest }) },
    ...(config === undefined ? {} : { config, platform: platformOfConfig(config) }),
    platformChoice: "digest",
    problems: ["no reference leads to the snapshot", ...problems],
  };
}

async function readImageIndex(
  { store, reference, descriptor }: ReferencedImage,
  platform: Platform,
): Promise<{ digest: string; content: Index }> {
  const unreadable = (reason: string, cause: unknown) =>
    new SnapvmError("image-unreadable", `Cannot read ${reference}: ${reason}`, {
      data: { image: platformImage(store, reference, platform) },
      cause,
    });
  if (descriptor instanceof MalformedJson) {
    throw unreadable("its entry in the store is damaged", descriptor);
  }
  const { digest } = descriptor;
  try {
    return { digest, content: await readIndex(store.root, digest) };
  } catch (cause) {
    const reason = cause instanceof Deno.errors.NotFound
      ? `its index ${digest} is not in the store`
      : `its index ${digest} is damaged`;
    throw unreadable(reason, cause);
  }
}

/** Finds the entry whose manifest the user named by its digest. If a platform was named too, it must be the entry's. */
function namedEntry(
  entries: readonly PlatformEntry[],
  digest: string,
  name: string,
  { named, host }: WantedPlatform,
): { readonly entry: PlatformEntry; readonly choice: PlatformChoice } {
  const same = entries.filter((entry) => entry.digest === digest);
  const entry = same.find(({ platform }) => named === undefined || platformsEqual(platform, named));
  if (entry !== undefined) return { entry, choice: "digest" };
  const platforms = same.map(({ platform }) => platform);
  throw platformNotFound(name, named ?? host, platforms, { named: "digest", unpacked: [] });
}

/** Finds the entries that have a snapshot to boot. */
async function unpackedEntries(
  store: Store,
  entries: readonly PlatformEntry[],
): Promise<PlatformEntry[]> {
  const made = new Set(await listSnapshots(store.root));
  const unpacked: PlatformEntry[] = [];
  for (const entry of entries) {
    if (!made.has(entry.digest)) continue;
    const { snapshot, fault } = await checkSnapshot(store.root, entry.digest);
    if (snapshot !== undefined && fault === undefined) unpacked.push(entry);
  }
  return unpacked;
}

/**
 * Finds the snapshot of a manifest; `undefined` if it was never made.
 *
 * @throws {SnapvmError} `snapshot-broken` if it was made, but cannot be used.
 */
async function findSnapshot(
  store: Store,
  manifest: string,
  image?: PlatformImage,
): Promise<Snapshot | undefined> {
  const { path, snapshot, fault } = await checkSnapshot(store.root, manifest);
  if (fault !== undefined) {
    throw new SnapvmError("snapshot-broken", `Cannot use the snapshot ${path}: ${fault}`, {
      data: { path, store: store.kind, ...image && { image } },
    });
  }
  return snapshot;
}
