import type { PlatformImage } from "../../error/mod.ts";

/** How an image's blobs and snapshot come into a store. */
export function pullAdvice({ store, reference, platform }: PlatformImage): string {
  const words = `${platformOption(platform)} ${shellWord(reference)}`;
  return store === "snapvm"
    ? `Run \`snapvm pull ${words}\`: it brings the image and unpacks it.`
    : `Run \`snapvm pull ${words}\`, or \`container image pull\` with the same words: ` +
      "it brings the image and unpacks it.";
}

/** How an image that was pulled gets its snapshot. */
export function unpackAdvice({ reference, platform }: PlatformImage): string {
  const words = `${platformOption(platform)} ${shellWord(reference)}`;
  return `Run \`snapvm unpack ${words}\`: it makes the snapshot in snapvm's own store.`;
}

/** How a damaged snapshot is made again. `container` does not make one while its folder is there. */
export function replaceAdvice(image: PlatformImage): string {
  const words = `${platformOption(image.platform)} ${shellWord(image.reference)}`;
  if (image.store === "snapvm") {
    return `Run \`snapvm unpack --force ${words}\`: it makes the snapshot again.`;
  }
  const remove = `container image delete ${shellWord(image.reference)}`;
  return `${unpackAdvice(image)} Or delete the image and pull it again: ` +
    `\`${remove} && container image pull ${words}\`.`;
}

/** How a damaged snapshot that no reference leads to is removed. */
export function deleteAdvice(store: PlatformImage["store"]): string {
  const prune = store === "apple" ? "container image prune" : "snapvm prune";
  return `No reference leads to it: \`${prune}\` deletes it.`;
}

/** How an image that no store has is brought. */
export function bringAdvice(name: string): string {
  return `\`snapvm images\` lists what there is; \`snapvm pull ${shellWord(name)}\` brings it ` +
    "if a registry has it.";
}

/** Which platforms can be chosen instead. */
export function choosePlatformAdvice(platforms: readonly string[]): string {
  const options = platforms.map((platform) => `\`${platformOption(platform)}\``);
  return `Add ${options.join(" or ")}, for which there is a snapshot.`;
}

function platformOption(platform: string): string {
  return `--platform ${shellWord(platform)}`;
}

/** Quotes a word for a shell if it must be: a name from a store may hold anything. */
function shellWord(text: string): string {
  return /^[\w.:/@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
