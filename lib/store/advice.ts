import { formatPlatform, type Platform } from "../oci/mod.ts";
import type { Store } from "./open_stores.ts";

/**
 * What can be done where there is no command that would help: snapvm itself does not make
 * snapshots.
 */
const USE_A_FILE =
  "Nothing fills this store by itself: name another image, or the path of an ext4 file.";

/** How an image's blobs and snapshot come into a store. */
export function pullAdvice(store: Store, reference: string, platform: Platform): string {
  if (store.kind === "snapvm") return USE_A_FILE;
  return `Run \`${pull(reference, platform)}\`: it brings the image and unpacks it.`;
}

/** How an image whose blobs are there gets its snapshot. */
export function unpackAdvice(store: Store, reference: string, platform: Platform): string {
  if (store.kind === "snapvm") return USE_A_FILE;
  const create = `container create ${platformOption(platform)} ${shellWord(reference)}`;
  return `Run \`container rm "$(${create})"\`: creating a container unpacks its image.`;
}

/**
 * How a damaged snapshot is made anew: while its folder is there, `container` takes it for good.
 */
export function replaceAdvice(store: Store, reference: string, platform: Platform): string {
  if (store.kind === "snapvm") return `Delete its folder. ${USE_A_FILE}`;
  return `Delete the image and pull it again: \`container image delete ${shellWord(reference)} && ${
    pull(reference, platform)
  }\`.`;
}

/** The choices of a platform. */
export function platformAdvice(platforms: readonly Platform[]): string {
  const options = platforms.map((platform) => `\`${platformOption(platform)}\``);
  return `Add ${options.join(" or ")}, for which there is a snapshot.`;
}

function pull(reference: string, platform: Platform): string {
  return `container image pull ${platformOption(platform)} ${shellWord(reference)}`;
}

function platformOption(platform: Platform): string {
  return `--platform ${shellWord(formatPlatform(platform))}`;
}

/** A word that a shell takes as it is: a name out of a store may hold anything. */
function shellWord(text: string): string {
  return /^[\w.:/@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
