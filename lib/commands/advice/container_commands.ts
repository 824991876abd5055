import type { PlatformImage } from "../../error/mod.ts";

/** The advice if no command helps: snapvm itself does not make snapshots. */
const USE_A_FILE =
  "Nothing fills this store by itself: name another image, or the path of an ext4 file.";

/** How an image's blobs and snapshot come into a store. */
export function pullAdvice(image: PlatformImage): string {
  if (image.store === "snapvm") return USE_A_FILE;
  return `Run \`${pull(image)}\`: it brings the image and unpacks it.`;
}

/** How an image that was pulled gets its snapshot. */
export function unpackAdvice({ store, reference, platform }: PlatformImage): string {
  if (store === "snapvm") return USE_A_FILE;
  const create = `container create ${platformOption(platform)} ${shellWord(reference)}`;
  return `Run \`container rm "$(${create})"\`: creating a container unpacks its image.`;
}

/** How a damaged snapshot is made again. `container` does not make one while its folder is there. */
export function replaceAdvice(image: PlatformImage): string {
  if (image.store === "snapvm") return `Delete its folder. ${USE_A_FILE}`;
  const remove = `container image delete ${shellWord(image.reference)}`;
  return `Delete the image and pull it again: \`${remove} && ${pull(image)}\`.`;
}

/** How a damaged snapshot that no reference leads to is removed. */
export function deleteAdvice(store: PlatformImage["store"]): string {
  return store === "apple"
    ? "No reference leads to it: `container image prune` deletes it."
    : "No reference leads to it: delete its folder.";
}

/** Which platforms can be chosen instead. */
export function choosePlatformAdvice(platforms: readonly string[]): string {
  const options = platforms.map((platform) => `\`${platformOption(platform)}\``);
  return `Add ${options.join(" or ")}, for which there is a snapshot.`;
}

function pull({ reference, platform }: PlatformImage): string {
  return `container image pull ${platformOption(platform)} ${shellWord(reference)}`;
}

function platformOption(platform: string): string {
  return `--platform ${shellWord(platform)}`;
}

/** Quotes a word for a shell if it must be: a name from a store may hold anything. */
function shellWord(text: string): string {
  return /^[\w.:/@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
