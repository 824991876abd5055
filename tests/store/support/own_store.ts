import { join } from "node:path";
import { openOwnStore, type OwnStore } from "../../../lib/store/mod.ts";
import { type Layout, type LayoutOptions, makeLayout } from "./layout.ts";
import { withFolder } from "./test_store.ts";

/** A place for a test: snapvm's own store, and images to bring into it. */
export interface Place {
  readonly folder: string;
  readonly own: OwnStore;
  /** Makes an image; each call makes another one. */
  image(options?: LayoutOptions): Promise<Layout>;
}

/** Runs a test with an empty store of snapvm's own. */
export async function withOwnStore(test: (place: Place) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    let count = 0;
    await test({
      folder,
      own: await openOwnStore({ env: { SNAPVM_HOME: join(folder, "home") } }),
      image: (options) => {
        count++;
        return makeLayout(join(folder, `image${count}`), { seed: count, ...options });
      },
    });
  });
}

/** The files below a folder that have bytes, relative to it, sorted. */
export async function filesIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  const visit = async (path: string): Promise<void> => {
    for await (const { name, isDirectory } of Deno.readDir(path)) {
      const inside = join(path, name);
      if (isDirectory) await visit(inside);
      else if ((await Deno.lstat(inside)).size > 0) found.push(inside.slice(folder.length + 1));
    }
  };
  await visit(folder);
  return found.sort();
}
