import {
  formatPlatform,
  type Index,
  MalformedJson,
  type Platform,
  platformsEqual,
} from "../oci/mod.ts";
import { platformAdvice, pullAdvice, replaceAdvice, unpackAdvice } from "./advice.ts";
import { checkSnapshot } from "./check_snapshot.ts";
import { choosePlatform } from "./choose_platform.ts";
import { BrokenSnapshot, PlatformNotFound, SnapshotNotFound, UnreadableImage } from "./errors.ts";
import type { FoundImage, OrphanedSnapshot, ReferencedImage } from "./find_images.ts";
import {
  isIndirect,
  platformEntries,
  type PlatformEntry,
  platformOfConfig,
  readIndex,
  readPlatformDocuments,
} from "./image_documents.ts";
import { listSnapshots } from "./list_snapshots.ts";
import type { Store } from "./open_stores.ts";
import type { PlatformChoice, ResolvedImage } from "./resolved_image.ts";
import type { Snapshot } from "./snapshot.ts";

/** The platforms from which {@linkcode resolveFoundImage} chooses. */
export interface WantedPlatform {
  /** The platform that the user named. */
  readonly named: Platform | undefined;
  /** The host's platform. */
  readonly host: Platform;
}

/** Goes from an image that was found in a store to the snapshot of one of its platforms. */
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
  const [snapshot, { manifest, config, problems }] = await Promise.all([
    findSnapshot(store, entry.digest, () => replaceAdvice(store, reference, platform)),
    readPlatformDocuments(store.root, entry.digest),
  ]);
  if (snapshot === undefined) {
    const others = await unpacked();
    throw new SnapshotNotFound(
      `${reference} for ${formatPlatform(platform)}`,
      manifest === undefined ? "it was never pulled" : "it was pulled, but never unpacked",
      others.map((other) => other.platform),
      [
        ...(others.length === 0 ? [] : [platformAdvice(others.map((other) => other.platform))]),
        (manifest === undefined ? pullAdvice : unpackAdvice)(store, reference, platform),
      ].join(" "),
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

/** A snapshot without a reference: its manifest and configuration may still be there. */
async function resolveOrphan(
  name: string,
  { store, manifest: digest }: OrphanedSnapshot,
  { named }: WantedPlatform,
): Promise<ResolvedImage> {
  const { manifest, config, problems } = await readPlatformDocuments(store.root, digest);
  if (named !== undefined && config !== undefined && !platformsEqual(config, named)) {
    throw new PlatformNotFound(name, named, [config], "Leave `--platform` out.");
  }
  const advice = () =>
    store.kind === "apple"
      ? "No reference leads to it: `container image prune` deletes it."
      : "No reference leads to it: delete its folder.";
  const snapshot = await findSnapshot(store, digest, advice);
  if (snapshot === undefined) {
    const list = "`snapvm images` lists what there is.";
    throw new SnapshotNotFound(name, "it has just been deleted", [], list);
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
  const advice = pullAdvice(store, reference, platform);
  if (descriptor instanceof MalformedJson) {
    throw new UnreadableImage(reference, "its entry in the store is damaged", advice, {
      cause: descriptor,
    });
  }
  const { digest } = descriptor;
  try {
    return { digest, content: await readIndex(store.root, digest) };
  } catch (cause) {
    const reason = cause instanceof Deno.errors.NotFound
      ? `its index ${digest} is not in the store`
      : `its index ${digest} is damaged`;
    throw new UnreadableImage(reference, reason, advice, { cause });
  }
}

/**
 * The entry whose manifest the user named by its digest; a platform named as well has to be its
 * own.
 */
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
  throw new PlatformNotFound(name, named ?? host, platforms, "Leave `--platform` out.");
}

/** The entries that have a snapshot to boot. */
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
 * The snapshot of a manifest; `undefined` where it was never made.
 *
 * @throws {BrokenSnapshot} Where it was made, but cannot be used.
 */
async function findSnapshot(
  store: Store,
  manifest: string,
  advice: () => string,
): Promise<Snapshot | undefined> {
  const { path, snapshot, fault } = await checkSnapshot(store.root, manifest);
  if (fault !== undefined) throw new BrokenSnapshot(path, fault, advice());
  return snapshot;
}
