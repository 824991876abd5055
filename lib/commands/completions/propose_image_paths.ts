import { openImage } from "../../store/mod.ts";
import { parsePlatform } from "../../oci/mod.ts";
import type { Candidate } from "./candidate.ts";
import { proposeImages } from "./propose_images.ts";
import { proposePaths } from "./propose_paths.ts";
import { withHome } from "./with_home.ts";

/** What `IMAGE:/PATH` can be: an image with the path of its root, or what is in a folder of it. */
export async function proposeImagePaths(
  typed: string,
  options: { readonly store: string | undefined; readonly platform: string | undefined },
): Promise<Candidate[]> {
  const colon = typed.indexOf(":/");
  if (colon < 0) {
    const images = await proposeImages(typed, options.store);
    return images.map((image) =>
      image.value.endsWith("/") ? image : { ...image, value: `${image.value}:/` }
    );
  }
  const prefix = typed.slice(0, colon + 1);
  using opened = await openImage(withHome(typed.slice(0, colon)), {
    store: options.store,
    ...options.platform !== undefined && { platform: parsePlatform(options.platform) },
  });
  const { root } = opened;
  const paths = await proposePaths(
    { readDir: (path) => root.readDir(path), stat: (path) => root.stat(path) },
    typed.slice(prefix.length),
    "file",
  );
  return paths.map(({ value }) => ({ value: prefix + value }));
}
