import { formatPlatform, type Platform, platformsEqual } from "../../oci/mod.ts";
import type { PlatformEntry } from "./image_documents.ts";
import type { Store } from "../open_stores.ts";
import { platformImage } from "./platform_image.ts";
import { platformNotFound } from "./platform_not_found.ts";
import type { PlatformChoice } from "./resolved_image.ts";

/** The image and platforms for {@linkcode choosePlatform}. */
export interface PlatformOptions {
  /** The image's full reference. */
  readonly reference: string;
  /** The store that it is in. */
  readonly store: Store;
  /** The image's platforms, in the order of its index. */
  readonly entries: readonly PlatformEntry[];
  /** Finds the entries that have a snapshot. */
  readonly unpacked: () => Promise<readonly PlatformEntry[]>;
  /** The platform that the user named. */
  readonly named: Platform | undefined;
  /** The host's platform. */
  readonly host: Platform;
}

/**
 * Chooses the first entry of an index for the platform that the user named, or for the host's. If the user named none,
 * and the image is not made for the host's but has a snapshot for just one other, that is the only one that can be
 * meant.
 *
 * @throws {SnapvmError} `platform-not-found` if there is no such entry, or the choice is the user's.
 */
export async function choosePlatform(
  options: PlatformOptions,
): Promise<{ readonly entry: PlatformEntry; readonly choice: PlatformChoice }> {
  const { reference, store, entries, named, host } = options;
  const wanted = named ?? host;
  const entry = entries.find(({ platform }) => platformsEqual(platform, wanted));
  if (entry !== undefined) return { entry, choice: named === undefined ? "host" : "named" };

  const unpacked = await options.unpacked();
  const [only] = unpacked;
  if (named === undefined && only !== undefined && unpacked.length === 1) {
    return { entry: only, choice: "only" };
  }
  const [first] = entries;
  throw platformNotFound(reference, wanted, entries.map(({ platform }) => platform), {
    named: "image",
    unpacked: unpacked.map(({ platform }) => formatPlatform(platform)),
    ...first && { first: platformImage(store, reference, first.platform) },
  });
}
