/**
 * Makes the demo image: `deno run -A scripts/demo_image.ts STORE`.
 *
 * STORE is a folder that does not exist yet; it becomes an app root in the layout of Apple's `container`.
 *
 * @module
 */
import { dirname, resolve } from "node:path";
import { makeBusyboxTree, type PackageArchitecture, writeAppRoot } from "./images/mod.ts";

/** Makes a store at `root` with the demo image in it, for the processor `architecture`. */
export async function makeDemoStore(
  root: string,
  architecture: PackageArchitecture,
): Promise<void> {
  await Deno.mkdir(dirname(root), { recursive: true });
  const work = await Deno.makeTempDir({ dir: dirname(root), prefix: "work-" });
  try {
    const tree = await makeBusyboxTree(work, architecture);
    await writeAppRoot(root, {
      reference: "docker.io/library/demo:latest",
      architecture,
      tree: tree.folder,
      labels: { "org.opencontainers.image.title": "snapvm demo" },
    });
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

if (import.meta.main) {
  const [store] = Deno.args;
  if (store === undefined) throw new TypeError("Usage: deno run -A scripts/demo_image.ts STORE");
  await makeDemoStore(resolve(store), Deno.build.arch === "aarch64" ? "arm64" : "amd64");
}
