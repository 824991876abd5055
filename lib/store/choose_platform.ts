import { type Platform, platformsEqual } from "../oci/mod.ts";
import { platformAdvice, pullAdvice } from "./advice.ts";
import { PlatformNotFound } from "./errors.ts";
import type { PlatformEntry } from "./image_documents.ts";
import type { Store } from "./open_stores.ts";
import type { PlatformChoice } from "./resolved_image.ts";

/** What {@linkcode choosePlatform} chooses from. */
export interface PlatformOptions {
  /** The image's full reference. */
  readonly reference: string;
  /** The store that it is in. */
  readonly store: Store;
  /** The image's platforms, in the order of its index. */
  readonly entries: readonly PlatformEntry[];
  /** Those of them that have a snapshot. */
  readonly unpacked: () => Promise<readonly PlatformEntry[]>;
  /** The platform that the user named. */
  readonly named: Platform | undefined;
  /** The host's platform. */
  readonly host: Platform;
}

/**
 * Chooses the first entry of an index for the platform that the user named or else the host's.
 * Where the user named none and the image is not made for the host's, but has a snapshot for just
 * one other, there is no doubt what is meant: that.
 *
 * @throws {PlatformNotFound} Where there is none, or the choice is the user's.
 */
export async function choosePlatform(
  options: PlatformOptions,
): Promise<{ readonly entry: PlatformEntry; readonly choice: PlatformChoice }> {
  const { entries, named, host } = options;
  const wanted = named ?? host;
  const entry = entries.find(({ platform }) => platformsEqual(platform, wanted));
  if (entry !== undefined) return { entry, choice: named === undefined ? "host" : "named" };

  const unpacked = await options.unpacked();
  const [only] = unpacked;
  if (named === undefined && only !== undefined && unpacked.length === 1) {
    return { entry: only, choice: "only" };
  }
  throw new PlatformNotFound(
    options.reference,
    wanted,
    entries.map(({ platform }) => platform),
    advise(options, unpacked),
  );
}

function advise(
  { reference, store, entries }: PlatformOptions,
  unpacked: readonly PlatformEntry[],
): string {
  if (unpacked.length > 0) return platformAdvice(unpacked.map(({ platform }) => platform));
  const [first] = entries;
  return first === undefined
    ? "It is no image of an operating system. `snapvm images` lists what there is."
    : pullAdvice(store, reference, first.platform);
}
