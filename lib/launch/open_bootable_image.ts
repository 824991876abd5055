import { findArchitecture } from "../boot/mod.ts";
import { hasCode, SnapvmError } from "../error/mod.ts";
import { parsePlatform } from "../oci/mod.ts";
import { type ImageOptions, type OpenedImage, openImage } from "../store/mod.ts";

/**
 * The same as {@linkcode openImage} for an image that is to be booted: a platform that there is no machine for is what is
 * wrong with it, not that its snapshot is missing.
 *
 * @param name The image.
 * @param options Which image is meant.
 * @returns The image, to be disposed of in the end.
 * @throws {SnapvmError} `unbootable-platform`, and what `openImage` throws.
 */
export async function openBootableImage(name: string, options: ImageOptions): Promise<OpenedImage> {
  const { platform } = options;
  const isBootable = platform === undefined || findArchitecture(platform) !== undefined;
  try {
    // What cannot be booted need not be brought.
    return await openImage(name, isBootable ? options : { ...options, pull: "never" });
  } catch (error) {
    if (isBootable) throw error;
    if (!hasCode(error, "snapshot-not-found")) throw error;
    const unpacked = error.data.unpacked.filter((each) => findArchitecture(parsePlatform(each)));
    throw new SnapvmError("unbootable-platform", error.message, {
      data: { unpacked },
      cause: error,
    });
  }
}
