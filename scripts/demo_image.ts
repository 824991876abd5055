/**
 * Makes the demo image: `deno run -A scripts/demo_image.ts CACHE` prints the path of a tar archive of its root
 * filesystem, in the folder CACHE, for `snapvm import`. It is made again only when its recipe changes.
 *
 * @module
 */
import { join, resolve } from "node:path";
import {
  cachedFolder,
  makeBusyboxTree,
  type PackageArchitecture,
  packTree,
  writeAppRoot,
} from "./images/mod.ts";

/** The reference of the demo image. */
export const DEMO_REFERENCE = "docker.io/library/demo:latest";

const ARCHIVE = "demo.tar";

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

/** Returns a tar archive of the demo's root filesystem for a processor, made now or before, below the folder `cache`. */
export async function demoArchive(
  cache: string,
  architecture: PackageArchitecture,
): Promise<string> {
  const folder = await cachedFolder({
    cache,
    name: `demo-archive-${architecture}`,
    recipe: [new URL(import.meta.url), new URL("images", import.meta.url)],
    make: async ({ folder, work }) => {
      await Deno.mkdir(folder);
      await packTree((await makeBusyboxTree(work, architecture)).folder, join(folder, ARCHIVE));
    },
  });
  return join(folder, ARCHIVE);
}

if (import.meta.main) {
  const [cache] = Deno.args;
  if (cache === undefined) throw new TypeError("Usage: deno run -A scripts/demo_image.ts CACHE");
  const architecture = Deno.build.arch === "aarch64" ? "arm64" : "amd64";
  // deno-lint-ignore no-console -- the path is this script's result
  console.log(await demoArchive(resolve(cache), architecture));
}
