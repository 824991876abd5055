import { hasCode } from "../../error/mod.ts";
import {
  type Descriptor,
  formatReference,
  type ImageConfig,
  MalformedJson,
  parseReference,
  type Platform,
  shortenReference,
} from "../../oci/mod.ts";
import { checkSnapshot } from "../snapshot/check_snapshot.ts";
import {
  platformEntries,
  platformOfConfig,
  readIndex,
  readPlatformDocuments,
} from "./image_documents.ts";
import { listSnapshots } from "../snapshot/list_snapshots.ts";
import type { Store } from "../open_stores.ts";
import { readReferences } from "../state/read_references.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";

/**
 * The state of an image: its snapshot can be used (`ready`) or is damaged (`broken`); it was pulled, but never unpacked
 * (`not-unpacked`); it was not pulled for this platform (`not-pulled`); or the store or its index cannot be read
 * (`unreadable`).
 */
export type ImageStatus = "ready" | "broken" | "not-unpacked" | "not-pulled" | "unreadable";

/** One platform of an image in a store, or a snapshot without an image. */
export interface StoredImage {
  /** The store. */
  readonly store: Store;
  /** The name for people: the short form of the reference, or a digest or path if there is no reference. */
  readonly name: string;
  /** The full reference; absent for a snapshot that no reference leads to. */
  readonly reference?: string;
  /** The digest of the index. */
  readonly index?: string;
  /** The digest of the platform's manifest. */
  readonly manifest?: string;
  /** The platform; absent if it is not known. */
  readonly platform?: Platform;
  /** Whether there is a snapshot to boot, or what is missing. */
  readonly status: ImageStatus;
  /** The snapshot's file, whole or damaged. */
  readonly snapshot?: Snapshot;
  /** The image's configuration; absent if it is missing or unreadable. */
  readonly config?: ImageConfig;
  /** What is wrong, in sentences without a full stop. The first says why there is nothing to boot. */
  readonly problems: readonly string[];
}

/**
 * Lists the images in stores: every reference with each of its Linux platforms, then the snapshots that no reference
 * leads to. Attestations are left out. Anything unreadable becomes a row that says so; the list itself never fails.
 *
 * @param stores The stores, in the order of the list.
 * @returns The rows: for each store its references in alphabetical order, each with its platforms in the order of the
 * index.
 *
 * @example Usage
 * ```ts
 * import { listImages, type Store } from "@x/snapvm";
 * import assert from "node:assert/strict";
 *
 * // A store with a single snapshot; `openStores()` finds the real ones.
 * const store: Store = { root: await Deno.makeTempDir(), kind: "snapvm" };
 * const folder = `${store.root}/snapshots/${"0".repeat(64)}`;
 * await Deno.mkdir(folder, { recursive: true });
 * await Deno.copyFile("tests/fixtures/tiny.ext4", `${folder}/snapshot`);
 *
 * for await (const { name, status } of listImages([store])) {
 *   assert.deepEqual([name, status], ["sha256:" + "0".repeat(64), "ready"]);
 * }
 * await Deno.remove(store.root, { recursive: true });
 * ```
 */
export async function* listImages(stores: Iterable<Store>): AsyncIterableIterator<StoredImage> {
  for (const store of stores) yield* listStore(store);
}

async function* listStore(store: Store): AsyncIterableIterator<StoredImage> {
  const { state, error } = await readReferences(store);
  if (error !== undefined) {
    yield { store, name: store.root, status: "unreadable", problems: [error.message] };
    return;
  }
  const referenced = new Set<string | undefined>();
  for (const [reference, descriptor] of [...state].sort(([a], [b]) => a < b ? -1 : 1)) {
    for await (const row of listReference(store, reference, descriptor)) {
      referenced.add(row.manifest);
      yield row;
    }
  }
  for (const manifest of await listSnapshots(store.root)) {
    if (referenced.has(manifest)) continue;
    const row = await describe(store, manifest);
    yield {
      store,
      name: manifest,
      manifest,
      ...(row.config === undefined ? {} : { platform: platformOfConfig(row.config) }),
      ...row,
      problems: [...row.problems, "no reference leads to the snapshot"],
    };
  }
}

async function* listReference(
  store: Store,
  reference: string,
  descriptor: Descriptor | MalformedJson,
): AsyncIterableIterator<StoredImage> {
  const row = { store, name: displayName(reference), reference };
  if (descriptor instanceof MalformedJson) {
    yield { ...row, status: "unreadable", problems: [descriptor.message] };
    return;
  }
  const index = descriptor.digest;
  try {
    for (
      const { platform, digest: manifest } of platformEntries(await readIndex(store.root, index))
    ) {
      if (platform.os !== "linux") continue;
      yield { ...row, index, manifest, platform, ...await describe(store, manifest) };
    }
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const problem = error instanceof Deno.errors.NotFound
      ? `its index ${index} is not in the store`
      : error.message;
    yield { ...row, index, status: "unreadable", problems: [problem] };
  }
}

type Description = Pick<StoredImage, "status" | "snapshot" | "config" | "problems">;

/** Describes the image for the manifest of a platform. */
async function describe(store: Store, digest: string): Promise<Description> {
  const [{ snapshot, fault }, { manifest, config, problems }] = await Promise.all([
    checkSnapshot(store.root, digest),
    readPlatformDocuments(store.root, digest),
  ]);
  const facts = {
    ...(snapshot === undefined ? {} : { snapshot }),
    ...(config === undefined ? {} : { config }),
  };
  if (fault !== undefined) return { ...facts, status: "broken", problems: [fault, ...problems] };
  if (snapshot !== undefined) return { ...facts, status: "ready", problems };
  return manifest === undefined
    ? { ...facts, status: "not-pulled", problems: ["it was never pulled for this platform"] }
    : {
      ...facts,
      status: "not-unpacked",
      problems: ["it was pulled, but never unpacked", ...problems],
    };
}

/** The short form of a reference. A key that is not a reference stays as it is. */
function displayName(key: string): string {
  try {
    return formatReference(shortenReference(parseReference(key)));
  } catch (error) {
    if (hasCode(error, "invalid-reference")) return key;
    throw error;
  }
}
