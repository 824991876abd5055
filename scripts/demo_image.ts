/**
 * Makes the demo image: `deno run -A scripts/demo_image.ts CACHE` prints the path of an app root in the layout of
 * Apple's `container`, in the folder CACHE, with the demo image in it. It is made again only when its recipe changes.
 *
 * @module
 */
import { resolve } from "node:path";
import {
  cachedFolder,
  makeBusyboxTree,
  type PackageArchitecture,
  writeAppRoot,
} from "./images/mod.ts";

/** The reference of the demo image. */
export const DEMO_REFERENCE = "docker.io/library/demo:latest";

/** Returns an app root with the demo image for a processor in it, made now or before, below the folder `cache`. */
export async function demoAppRoot(
  cache: string,
  architecture: PackageArchitecture,
): Promise<string> {
  return await cachedFolder({
    cache,
    name: `demo-${architecture}`,
    recipe: [new URL(import.meta.url), new URL("images", import.meta.url)],
    make: async ({ folder, destination, work }) => {
      const image = {
        reference: DEMO_REFERENCE,
        architecture,
        tree: (await makeBusyboxTree(work, architecture)).folder,
        labels: { "org.opencontainers.image.title": "snapvm demo" },
      };
      await writeAppRoot(folder, image, destination);
    },
  });
}

if (import.meta.main) {
  const [cache] = Deno.args;
  if (cache === undefined) throw new TypeError("Usage: deno run -A scripts/demo_image.ts CACHE");
  const architecture = Deno.build.arch === "aarch64" ? "arm64" : "amd64";
  // deno-lint-ignore no-console -- the path is this script's result
  console.log(await demoAppRoot(resolve(cache), architecture));
}
