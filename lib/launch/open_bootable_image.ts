import { hasCode } from "../error/mod.ts";
import { findArchitecture } from "./architecture.ts";
import { type ImageOptions, type OpenedImage, openImage } from "./open_image.ts";
import { UnbootablePlatform } from "./unbootable_platform.ts";

/**
 * The same as {@linkcode openImage} for an image that is to be booted: nobody is told to pull it for a platform that
 * there is no machine for.
 *
 * Throws an {@linkcode UnbootablePlatform} there.
 */
export async function openBootableImage(name: string, options: ImageOptions): Promise<OpenedImage> {
  try {
    return await openImage(name, options);
  } catch (error) {
    const { platform } = options;
    if (!hasCode(error, "snapshot-not-found") || platform === undefined) throw error;
    if (findArchitecture(platform) !== undefined) throw error;
    const choices = error.data.unpacked
      .filter((each) => findArchitecture({ os: "linux", architecture: each.split("/")[1] ?? "" }))
      .map((each) => `\`--platform ${each}\``);
    throw new UnbootablePlatform(error.message, choices, { cause: error });
  }
}
